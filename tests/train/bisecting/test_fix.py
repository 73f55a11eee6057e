"""The loop closed: suspects as a review queue, decisions, a repaired run, and is the regression gone?"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import train
from curate.workspace import Workspace
from schemas.errors import UsageError
from train.bisecting.record import Bisect
from train.mending.asking import ask
from train.mending.command import fix
from train.mending.proving import prove
from train.saved_queue import read_queue
from tui.model.workbench import open_workbench

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


@pytest.fixture
def shop(pair: Any, found: Bisect, tmp_path: Path) -> Workspace:  # noqa: ARG001 (its runs are copied, too)
    """A copy of the workspace, to decide in."""
    shutil.copytree(pair.workspace.root, tmp_path / "shop")
    return Workspace.open(tmp_path / "shop" / "recipe.yaml")


def test_guilty_rows_are_the_review_queue(pair: Any, shop: Workspace) -> None:
    told = CliRunner().invoke(fix, [pair.a.id, pair.b.id, "--recipe", str(shop.recipe_path), "--no-review"])
    assert told.exit_code == 0, told.output
    kept = read_queue(shop.path, "fix")
    assert kept is not None
    assert {name for name, _ in kept.rows} == pair.guilty
    assert "reviewer eve" in kept.title
    with open_workbench(
        shop.recipe_path, queue="fix", annotator="mia", run=None, version=pair.after.version
    ) as bench:
        review = bench.review
        assert [review.corpus.id_of(int(row)) for row in review.queue.rows] == [n for n, _ in kept.rows]
        assert review.queue.unit == "of 1"


def test_without_a_bisect_the_suspects_are_the_queue(pair: Any, shop: Workspace) -> None:
    shutil.rmtree(shop.path / "bisects")
    asked = ask(pair.a.id, pair.b.id, recipe=shop.recipe_path, top=4)
    suspects = train.audit(pair.a.id, pair.b.id, recipe=shop.recipe_path).suspects
    assert {name for name, _ in asked.queue.rows} == set(suspects["example_id"].head(4))
    assert (asked.here, asked.gone) == (4, 0)
    assert "nothing is proved" in asked.queue.title


def test_what_is_repaired_is_told_gone(
    pair: Any, shop: Workspace, edit: Callable[[Workspace, Any, str, str], None]
) -> None:
    with pytest.raises(UsageError, match="no decision changes its data"):
        prove(pair.a.id, pair.b.id, recipe=shop.recipe_path)
    for one in pair.before.examples("train"):
        if one.example_id in pair.guilty:
            edit(shop, one, one.answer, "eve")
    words = [pair.a.id, pair.b.id, "--recipe", str(shop.recipe_path), "--continue", "--plain"]
    told = CliRunner().invoke(fix, words)
    assert told.exit_code == 0, told.output
    assert "\ngone: " in told.stdout
    said = [line for line in told.stderr.splitlines() if "repaired" in line]
    assert said == [
        "the repaired run, seed 17; 2 more runs expected",
        "the repaired data, seed 18; 1 more run expected",
        "the repaired data, seed 19",
    ], "A's data and B were trained with these seeds by the bisect"
    found = prove(pair.a.id, pair.b.id, recipe=shop.recipe_path)
    assert found.trained == 0, "asked again, no run is repeated"
    assert found.verdict == "gone"
    assert found.run in {run.id for run in train.runs(shop)}
    assert found.remains.value < 0.1 * found.regression.value
    repaired = train.open_run(shop, found.run)
    assert repaired.info.seed == pair.b.info.seed
    assert (repaired.path / "report.html").is_file()
