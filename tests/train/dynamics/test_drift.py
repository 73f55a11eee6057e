"""Examples over many runs, against what is worked out by hand."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.arrow import LOSSES
from schemas.errors import RunError, UsageError
from train.cli import group
from train.dynamics.drift import compared, drift, of_kind
from train.saved_queue import read_queue
from train.store import Run, load_run
from tui.model.workbench import open_workbench

TOKENS = 4
Measured = dict[str, tuple[float, int]]  # by example: loss, and how many of its tokens were right


@pytest.fixture
def measure(write_run: Callable[..., Run]) -> Callable[..., Run]:
    """A finished run of these measurements; the later its number, the later it began."""

    def write(number: int, found: Measured, tokens: int = TOKENS, **fields: Any) -> Run:
        run = write_run(f"run-{number}", started_at=f"2026-01-0{number}T00:00:00Z", **fields)
        rows = [
            {
                "example_id": name,
                "split": "test",
                "kind": "snapshot",
                "model": "adapter",
                "step": 8,
                "epoch": 1.0,
                "n_tokens": tokens,
                "nll_sum": tokens * loss,
                "loss": loss,
                "max_token_nll": 9.0,
                "n_correct": right,
                "truncated": False,
            }
            for name, (loss, right) in found.items()
        ]
        pq.write_table(pa.Table.from_pylist(rows, schema=LOSSES), run.path / "losses.parquet")
        return load_run(run.path)

    return write


def course(names: str, right: str, losses: str) -> list[Measured]:
    """By run: `abc` with `xxo ooo` and `111 222` are three examples in two runs, x right and o wrong."""
    return [
        {
            name: (float(loss), TOKENS * (mark == "x"))
            for name, mark, loss in zip(names, marks, own, strict=True)
        }
        for marks, own in zip(right.split(), losses.split(), strict=True)
    ]


def test_hard_flipping_and_forgotten(measure: Callable[..., Run]) -> None:
    runs = [
        measure(n, one)
        for n, one in enumerate(course("abcde", "xoxox oxxox oooox", "11119 21129 31118"), start=1)
    ]
    table = drift(compared(runs)).set_index("example_id")
    assert table["right"].to_dict() == {"a": 1, "b": 1, "c": 2, "d": 0, "e": 3}
    assert table["flips"].to_dict() == {"a": 1, "b": 2, "c": 1, "d": 0, "e": 0}
    assert set(table.index[table["forgotten"]]) == {"a", "b", "c"}
    assert set(table.index[table["always_hard"]]) == {"e"}
    assert table.loc["a", ["loss", "lowest", "rise"]].tolist() == [3.0, 1.0, 2.0]
    assert table.loc["e", "rise"] == -1.0
    assert table.loc["e", "hardness"] == pytest.approx(0.9)
    kinds = table.reset_index()
    assert of_kind(kinds, "forgotten")["example_id"].tolist() == ["a", "b", "c"]
    assert of_kind(kinds, "flips")["example_id"].tolist() == ["b", "a", "c"]


def test_another_text_is_another_example(measure: Callable[..., Run]) -> None:
    first = measure(1, {"a": (1.0, TOKENS), "b": (1.0, 0)}, tokens=TOKENS)
    second = measure(2, {"a": (2.0, 0)}, tokens=TOKENS + 1)
    third = measure(3, {"a": (3.0, 0), "b": (1.0, 0), "c": (1.0, 0)}, tokens=TOKENS)
    table = drift(compared([third, first, second])).set_index("example_id")
    assert set(table.index) == {"a", "b"}, "c was measured once"
    assert table.loc["a", ["runs", "flips", "rise"]].tolist() == [2, 1, 2.0]
    with pytest.raises(RunError, match="no example as another run did"):
        drift(compared([first, second]))


def test_what_cannot_be_compared_is_refused(measure: Callable[..., Run]) -> None:
    one = measure(1, {"a": (1.0, 0)})
    going = measure(2, {"a": (1.0, 0)}, state="failed")
    with pytest.raises(UsageError, match="1 of 2 runs are over"):
        compared([one, going])
    other = measure(3, {"a": (1.0, 0)}, task="classification", labels=["x"])
    with pytest.raises(UsageError, match="two kinds"):
        compared([one, other])


def test_command_prints_and_leaves_a_review_queue(
    measure: Callable[..., Run], tiny_version: DatasetVersion, workspace: Workspace
) -> None:
    ids = [e.example_id for e in tiny_version.examples("train")[:3]]
    for number, marks in enumerate(("xxo", "oxo"), start=1):
        measure(number, {i: (1.0 + number, TOKENS * (m == "x")) for i, m in zip(ids, marks, strict=True)})
    words = ["runs", "--compare", "--recipe", str(workspace.recipe_path)]
    told = CliRunner().invoke(group, [*words, "--queue", "forgotten"])
    assert told.exit_code == 0, told.output
    assert "forgotten: 1 of 3 examples" in told.stdout
    kept = read_queue(workspace.path, "drift")
    assert kept is not None
    assert kept.rows == ((ids[0], 1.0),)
    found = json.loads(CliRunner().invoke(group, [*words, "--json"]).stdout)
    assert found["counts"] == {"forgotten": 1, "flips": 1, "hard": 0}
    assert len(found["examples"]) == 3
    with open_workbench(
        workspace.recipe_path, queue="drift", annotator="mia", run=None, version=None
    ) as bench:
        assert [bench.review.corpus.id_of(int(row)) for row in bench.review.queue.rows] == [ids[0]]
