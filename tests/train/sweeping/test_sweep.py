"""A sweep of real runs: what it compares, what it never repeats, and how it goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import numpy as np
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

import train
from curate.workspace import Workspace
from schemas.errors import UsageError
from train.sweeping.command import sweep as sweep_command
from train.sweeping.running import Sweep, plan, sweep
from train.sweeping.snippet import snippet

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
NewWorkspace = Callable[..., Workspace]


def test_each_trial_is_a_run_of_the_workspace(swept: Sweep, desk: Workspace) -> None:
    runs = train.runs(desk)
    assert {run.id for run in runs} == {one.run.id for one in swept.tried if one.run}
    assert len(runs) == 4
    for one in swept.tried:
        assert one.run is not None
        assert one.run.recipe.train == one.trial.train
        assert (one.run.path / "report.html").is_file()


def test_the_best_has_the_lowest_validation_loss_whatever_the_test_says(swept: Sweep) -> None:
    rows = swept.found.rows
    losses = [row.validation for row in rows]
    assert losses == sorted(losses)
    for row in rows:
        final = row.tried[0].run.info.final
        assert row.validation == pytest.approx(final.validation_loss)
        assert row.test == pytest.approx(final.test_loss)
    assert swept.found.best is rows[0]
    assert rows[0].settings["learning_rate"] == 1e-2
    assert (swept.found.examples, swept.found.of) == (6, 6)
    # Of four settings two do not learn at all: the same loss, and the smaller adapter is on the front.
    idle = {row.settings["lora.r"]: row for row in rows if row.settings["learning_rate"] == 1e-30}
    assert idle[2].validation == pytest.approx(idle[4].validation)
    assert idle[2].weights * 2 == idle[4].weights


def test_distance_to_the_best_is_paired(swept: Sweep) -> None:
    best, *others = swept.found.rows

    def nll(row: Any) -> dict[str, float]:
        table = row.tried[0].run.losses()
        own = table[(table["kind"] == "snapshot") & (table["split"] == "validation")]
        return own.set_index("example_id")["nll_sum"].to_dict()

    tokens = best.tried[0].run.losses().query("split == 'validation'")["n_tokens"].sum()
    for row in others:
        gap = sum(nll(row)[name] - loss for name, loss in nll(best).items()) / tokens
        assert row.against_best.value == pytest.approx(gap)
        assert row.against_best.interval is None  # six examples are too few for one
    assert best.against_best is None


def test_front_holds_what_nothing_beats(swept: Sweep) -> None:
    rows = [row for row in swept.found.rows if row.complete]
    for row in rows:
        beaten = [
            o
            for o in rows
            if o is not row
            and o.validation <= row.validation
            and o.weights <= row.weights
            and (o.validation, o.weights) != (row.validation, row.weights)
        ]
        assert row.pareto_weights == (not beaten)
    assert rows[0].pareto_minutes
    assert not all(row.pareto_weights for row in rows)


def test_files_of_a_sweep(swept: Sweep) -> None:
    kept = json.loads((swept.path / "sweep.json").read_text(encoding="utf-8"))
    assert kept["best"] == swept.found.best.name
    assert [row["name"] for row in kept["rows"]] == [row.name for row in swept.found.rows]
    text = (swept.path / "report.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert "<script" not in text
    assert text.count("<circle") == 8
    for one in swept.tried:
        assert one.run.id in text


def test_the_snippet_is_a_recipe_of_the_best(swept: Sweep) -> None:
    best = swept.found.best
    values = YAML(typ="safe").load(snippet(best))["train"]
    assert values["lora"]["r"] == best.settings["lora.r"]
    assert values["learning_rate"] == best.settings["learning_rate"]


def test_nothing_is_trained_twice(swept: Sweep, desk: Workspace) -> None:
    said: list[str] = []
    again = sweep(recipe=desk.recipe_path, say=said.append)
    assert len(train.runs(desk)) == 4
    assert [row.name for row in again.found.rows] == [row.name for row in swept.found.rows]
    assert all("stands, done" in line for line in said)
    assert again.path == swept.path


@pytest.mark.usefixtures("swept")
def test_a_dry_run_tells_the_steps_of_the_runs(desk: Workspace) -> None:
    planned = plan(recipe=desk.recipe_path)
    for one in planned.trials:
        run = planned.standing.of(one)
        assert run is not None
        assert one.steps == run.info.total_steps


def test_an_ordinary_run_counts_seeds_are_averaged_and_the_budget_holds(
    new_workspace: NewWorkspace, sweeping: Any, quick: Any, folder: Path
) -> None:
    """A run that a person made stands for its trial; the same settings trained alone give the same losses."""
    workspace = new_workspace(folder, **quick)
    alone = train.run("tiny0001", recipe=workspace.recipe_path)
    workspace = sweeping(workspace, over={"lora.r": [4, 6]}, seeds=[17, 18])
    first = sweep(recipe=workspace.recipe_path, runs=2, progress=train_progress)
    (row,) = first.found.rows
    assert row.tried[0].run.id == alone.id
    assert len(train.runs(workspace)) == 2
    each = [one.run.info.final.validation_loss for one in row.tried]
    assert each[0] != each[1]
    assert row.validation == pytest.approx(np.mean(each))
    assert (row.seeds_low, row.seeds_high) == (pytest.approx(min(each)), pytest.approx(max(each)))
    said: list[str] = []
    broke = sweep(recipe=workspace.recipe_path, minutes=1e-6, say=said.append)
    assert len(train.runs(workspace)) == 2
    assert broke.pending == 2
    assert any("minutes are used up" in line for line in said)
    assert broke.path == first.path


def train_progress() -> Any:
    from train.progress import on_stderr

    return on_stderr()


def test_what_a_setting_cuts_counts_for_none_and_a_run_that_fails_is_told(
    new_workspace: NewWorkspace, sweeping: Any, quick: Any, folder: Path
) -> None:
    settings = [{"lora.target_modules": ["no_such_layer"]}, {"max_length": 60}, {"max_length": 256}]
    workspace = sweeping(new_workspace(folder, **quick), method="list", settings=settings)
    found = sweep(recipe=workspace.recipe_path).found
    *rows, failed = found.rows
    assert failed.tried[0].state == "failed"
    assert "names no layer" in failed.tried[0].why
    tables = {
        row.settings["max_length"]: row.tried[0]
        .run.losses()
        .query("split == 'validation' and kind == 'snapshot'")
        for row in rows
    }
    alike = tables[60].merge(tables[256], on=["example_id", "n_tokens"])
    assert 0 < found.examples == len(alike) < found.of
    for row in rows:
        own = tables[row.settings["max_length"]]
        kept = own[own["example_id"].isin(alike["example_id"])]
        assert row.validation == pytest.approx(kept["nll_sum"].sum() / kept["n_tokens"].sum())


def test_a_killed_sweep_goes_on_with_its_half_run(
    new_workspace: NewWorkspace, sweeping: Any, quick: Any, folder: Path
) -> None:
    workspace = new_workspace(folder, **quick | {"epochs": 12, "early_stopping": None})
    workspace = sweeping(workspace, over={"lora.r": [2, 4]}, runs=1)
    code = "from train.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "sweep"],
        cwd=workspace.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 200
        while not list(workspace.runs.glob("*/checkpoints/step-*")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    (half,) = train.runs(workspace)
    assert half.state == "interrupted"
    (row,) = sweep(recipe=workspace.recipe_path, progress=train_progress).found.rows
    (run,) = train.runs(workspace)
    assert (run.id, run.state) == (half.id, "done")
    assert row.tried[0].run.id == half.id


def test_the_command_prints_table_plot_and_snippet(swept: Sweep, desk: Workspace) -> None:
    def command(*arguments: str) -> Any:
        return CliRunner().invoke(sweep_command, ["--recipe", str(desk.recipe_path), *arguments])

    done = command()
    assert done.exception is None
    assert set(done.stdout.splitlines()[0].split()[:2]) == {"lora.r", "learning_rate"}
    assert "minutes of training steps" in done.stdout
    assert f"# best by validation loss: {swept.found.best.name}\ntrain:\n" in done.stdout
    assert str(swept.path / "report.html") in done.stderr
    said = json.loads(command("--json").stdout)
    assert said == json.loads((swept.path / "sweep.json").read_text(encoding="utf-8"))
    assert command("--dry-run").stdout.count("done") == 4


def test_without_a_validation_split(
    new_workspace: NewWorkspace, sweeping: Any, quick: Any, folder: Path
) -> None:
    import pyarrow.parquet as pq

    workspace = sweeping(new_workspace(folder, **quick), over={"lora.r": [2, 4]})
    file = workspace.version("tiny0001").path / "data" / "validation.parquet"
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    with pytest.raises(UsageError, match="no validation example that can be used: a sweep chooses by"):
        sweep(recipe=workspace.recipe_path)
    assert train.runs(workspace) == []
