"""Opening: what is chosen by itself, and what a person reads when something is not there."""

import shutil
import subprocess
import sys
from typing import Any

import pytest

from schemas.errors import RunError, SiftuneError, UsageError, VersionError
from tui.app import review


def run(desk: Any, **given: Any) -> int:
    options = {"queue": None, "annotator": "ada", "plain": True, "run": None, "version": None}
    return review(desk.recipe, **{**options, **given})


def test_the_latest_run_with_losses_is_chosen(desk: Any) -> None:
    runs = desk.recipe.parent / ".siftune" / "runs"
    shutil.copytree(runs / "r1", runs / "r2")
    later = (runs / "r1" / "run.json").read_text().replace('"r1"', '"r2"').replace("2026-01-01", "2026-02-01")
    (runs / "r2" / "run.json").write_text(later)
    with desk.bench() as bench:
        assert bench.review.losses.run == "r2"
    (runs / "r2" / "losses.parquet").unlink()
    with desk.bench() as bench:
        assert bench.review.losses.run == "r1"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"run": "nope"}, RunError),
        ({"version": "nope"}, VersionError),
        ({"queue": "nope"}, SiftuneError),
    ],
)
def test_what_is_not_there_is_named(desk: Any, given: dict[str, str], error: type[SiftuneError]) -> None:
    with pytest.raises(error) as caught:
        run(desk, **given)
    assert "nope" in caught.value.problem
    assert caught.value.mend


def test_without_a_terminal_it_names_line_mode(desk: Any) -> None:
    with pytest.raises(UsageError) as caught:
        run(desk, plain=False)
    assert "--plain" in caught.value.mend


def test_no_version_says_what_to_run(make_desk: Any) -> None:
    desk = make_desk()
    shutil.rmtree(desk.recipe.parent / ".siftune" / "datasets")
    with pytest.raises(VersionError) as caught:
        run(desk)
    assert "curate build" in caught.value.mend


def test_a_damaged_table_is_named(desk: Any) -> None:
    data = desk.recipe.parent / ".siftune" / "datasets" / "v1" / "data" / "train.parquet"
    data.write_bytes(b"PAR1 no more")
    with pytest.raises(VersionError, match=r"train\.parquet"):
        run(desk)


def test_damaged_losses_are_named(desk: Any) -> None:
    (desk.recipe.parent / ".siftune" / "runs" / "r1" / "losses.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(RunError, match=r"losses\.parquet"):
        run(desk)


def test_a_run_of_another_version_shows_what_it_knows(desk: Any) -> None:
    with desk.bench() as bench:
        known = len(bench.review.place)
    data = desk.recipe.parent / ".siftune" / "runs" / "r1" / "losses.parquet"
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(data)
    unknown = desk.examples[0].example_id
    pq.write_table(table.filter(pc.not_equal(table["example_id"], unknown)), data)
    with desk.bench() as bench:
        assert len(bench.review.place) == known - 1
        bench.review.use_queue("pending")
        assert len(bench.review.place) == known


_WITHOUT_PANDAS = """
import sys
from pathlib import Path
from tui.model.workbench import open_workbench

with open_workbench(Path(sys.argv[1]), queue=None, annotator="ada", run=None, version=None) as bench:
    bench.review.decide("keep")
    bench.review.undo()
    assert bench.review.losses is not None and bench.review.losses.base.sum() > 0
assert "pandas" not in sys.modules

import pandas as pd
import pyarrow as pa

frame = pd.DataFrame({"loss": [1.5, None], "run": ["r1", None]})
table = pa.Table.from_pandas(frame)
assert table.to_pylist() == [{"loss": 1.5, "run": "r1"}, {"loss": None, "run": None}]
assert table.to_pandas().equals(frame)
"""


def test_pandas_is_not_loaded_and_works_where_it_is_asked_for(desk: Any) -> None:
    subprocess.run([sys.executable, "-c", _WITHOUT_PANDAS, str(desk.recipe)], check=True)
