"""A bisect with real runs: killed on the way, gone on with, and what it says."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import html5lib
import pytest
from click.testing import CliRunner

import train
from curate.version import DatasetVersion
from schemas.errors import UsageError
from train.bisecting import record
from train.bisecting.command import bisect as command
from train.bisecting.record import Bisect
from train.store import INFO, load_run

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def test_the_guilty_group_is_isolated(pair: Any, found: Bisect) -> None:
    assert found.verdict == "explained"
    assert [group.name for group in found.guilty_groups] == ["reviewer eve"]
    assert set(found.guilty_rows) == pair.guilty
    assert found.explained is not None
    assert found.explained.low is not None
    assert found.explained.low > 0.5
    assert len(found.seeds) >= 3
    assert len(found.arms) == 3
    assert all(len(arm.losses) == len(found.seeds) for arm in found.arms)


def test_after_a_kill_no_run_is_repeated(store: Path, killed: list[str], found: Bisect) -> None:
    assert killed
    used = [run for arm in found.arms for run in arm.runs]
    assert set(killed) <= set(used)
    runs = [load_run(file.parent) for file in store.glob(f"runs/*/{INFO}")]
    assert all(run.finished for run in runs)
    once = Counter((run.info.dataset_version, run.info.seed) for run in runs)
    assert set(once.values()) == {1}
    # A and B themselves stand for their own seed.
    assert len(runs) == 3 * len(found.seeds) - 2
    assert found.trained == len(runs) - len(killed)


def test_the_libraries_say_nothing_beside_it(pair: Any, killed: list[str]) -> None:
    said = (pair.workspace.root / "said.txt").read_text().splitlines()
    assert len(said) > len(killed)
    assert all(line.startswith("arm ") for line in said), said


def test_asked_again_nothing_is_trained(pair: Any, found: Bisect) -> None:
    again = train.bisect(pair.a, pair.b, recipe=pair.workspace.recipe_path, max_runs=0)
    assert again.trained == 0
    assert again.model_dump(exclude={"trained", "reused"}) == found.model_dump(exclude={"trained", "reused"})


def test_without_a_budget_it_says_where_it_stands(pair: Any, found: Bisect) -> None:
    stopped = train.bisect(
        pair.a, pair.b, recipe=pair.workspace.recipe_path, seeds=len(found.seeds) + 1, max_runs=0
    )
    assert stopped.verdict == "unfinished"
    again = train.bisect(pair.a, pair.b, recipe=pair.workspace.recipe_path)
    assert again.verdict == "explained"


def test_arms_are_dataset_versions_and_touch_no_other(pair: Any, store: Path, found: Bisect) -> None:
    own = {pair.before.version, pair.after.version}
    assert set(pair.workspace.versions()) == own
    assert {run.id for run in train.runs(pair.workspace)} == {pair.a.id, pair.b.id}
    (arm,) = (one for one in found.arms if one.dataset_version not in own)
    version = DatasetVersion.open(store / "datasets" / arm.dataset_version)
    version.verify()
    assert version.manifest.closes
    put_back = {row for at in arm.back for row in found.groups[at].rows}
    theirs = {e.example_id: e for e in pair.before.examples()}
    mine = {e.example_id: e for e in pair.after.examples()}
    for e in version.examples():
        other = theirs if e.example_id in put_back else mine
        assert e.messages == other[e.example_id].messages
    assert set(version.ledger()["example_id"]) == put_back
    assert version.to_datasets().num_rows == {k: n for k, n in pair.after.splits.items() if n}


def test_command_tells_and_writes_a_page(pair: Any, found: Bisect, tmp_path: Path) -> None:
    words = [pair.a.id, pair.b.id, "--recipe", str(pair.workspace.recipe_path)]
    told = CliRunner().invoke(command, [*words, "--html", str(tmp_path / "b.html")])
    assert told.exit_code == 0, told.output
    assert f"reviewer eve ({len(pair.guilty)} relabelled): put back" in told.stdout
    assert told.stderr.endswith(f"next: train fix {pair.a.id} {pair.b.id}\n")
    page = (tmp_path / "b.html").read_text()
    assert "reviewer bob" in page
    html5lib.HTMLParser(strict=True).parse(page)
    assert record.read(pair.a, pair.b) is not None
    assert "guilty" in page
    assert "<script" not in page
    assert found.to_dict()["said"].startswith("reviewer eve")
    audited = train.audit(pair.a, pair.b, recipe=pair.workspace.recipe_path).to_html(tmp_path / "a.html")
    assert "Tree of the bisect" in audited.read_text()


def test_one_run_is_not_two(pair: Any) -> None:
    with pytest.raises(UsageError, match="bisect takes two runs, and both names are of run"):
        train.bisect(pair.b, pair.b, recipe=pair.workspace.recipe_path)


def test_what_got_better_is_no_regression(pair: Any, found: Bisect, tmp_path: Path) -> None:
    """The other way round, returns got better by every seed, and nothing is searched."""
    shutil.copytree(pair.workspace.root, tmp_path / "shop")  # the latest bisect of two runs is what is kept
    recipe = tmp_path / "shop" / "recipe.yaml"
    calm = train.bisect(pair.b.id, pair.a.id, recipe=recipe, on="raw/returns.jsonl", max_runs=0)
    assert calm.verdict == "no regression"
    assert calm.regression is not None
    assert calm.regression.value < 0
    assert calm.seeds == found.seeds[:3]
    assert len(calm.arms) == 2
    assert "not enough evidence" in calm.to_dict()["said"]
