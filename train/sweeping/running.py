"""A sweep: trials trained one after the other, as far as the budget goes; those that stand are not repeated.

What is left of a sweep that was stopped, by Ctrl-C or kill -9, is its runs. The next `train sweep` of the
same recipe finds them: it resumes the half one, and goes on with the rest.

    .siftune/sweeps/<id>/sweep.json    what was tried, and which run stands for it
                         report.html   the comparison as a page
"""

import gc
import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from curate import atomic
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.canonical import to_json
from schemas.errors import GateError, Interrupted, UsageError
from schemas.recipe import Recipe
from train.progress import Progress, on_stderr
from train.record.held import held
from train.reporting.curves import seconds
from train.session import carry_out, go_on, job_of, need_packages
from train.store import Run
from train.sweeping.compare import Comparison, Tried, compare
from train.sweeping.course import Planned, planned
from train.sweeping.standing import Standing
from train.sweeping.trials import trials

INFO, REPORT = "sweep.json", "report.html"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep as far as it came. `path`: its folder."""

    path: Path
    recipe: Recipe
    dataset_version: str
    found: Comparison

    @property
    def tried(self) -> list[Tried]:
        return [one for row in self.found.rows for one in row.tried]

    @property
    def pending(self) -> int:
        """Trials whose run has no end yet and may have one."""
        return sum(one.state in ("not begun", "interrupted", "running") for one in self.tried)


@dataclass(frozen=True, slots=True)
class Plan:
    """What `--dry-run` shows: each trial with its steps and the run that stands for it."""

    recipe: Recipe
    workspace: Workspace
    version: DatasetVersion
    trials: tuple[Planned, ...]
    standing: Standing


def _silent(_: str) -> None:
    """For callers who read the result."""


def plan(
    version: str | None = None,
    *,
    recipe: Path = Path("recipe.yaml"),
    runs: int | None = None,
    minutes: float | None = None,
) -> Plan:
    """The recipe's sweep as it stands; `runs` and `minutes` overrule it. Needs no weights.

    Raises RecipeError, UsageError, VersionError.
    """
    from train.fitting.quiet import quiet

    need_packages()
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise UsageError(
            "a sweep is one process, and `accelerate launch` started several",
            "start `train sweep` alone, or single runs by `accelerate launch`",
        )
    workspace = Workspace.open(recipe)
    asked = workspace.recipe
    if asked.sweep is not None:
        given = {name: value for name, value in (("runs", runs), ("minutes", minutes)) if value is not None}
        asked = asked.model_copy(update={"sweep": asked.sweep.model_copy(update=given)})
    wanted = trials(asked)
    opened = workspace.version(version)
    quiet()
    return Plan(
        asked, workspace, opened, tuple(planned(workspace, opened, wanted)), Standing(workspace, opened)
    )


def sweep(
    version: str | None = None,
    *,
    recipe: Path = Path("recipe.yaml"),
    runs: int | None = None,
    minutes: float | None = None,
    say: Say = _silent,
    progress: Callable[[], Progress] = on_stderr,
) -> Sweep:
    """Trains what does not stand yet, compares all, and writes both files. `progress` makes one for each run.

    A run that fails is told and counted as tried. Raises Interrupted after Ctrl-C, with what is done written;
    RecipeError, UsageError, VersionError before anything is trained, and what stops every run.
    """
    todo = plan(version, recipe=recipe, runs=runs, minutes=minutes)
    folder = todo.workspace.path / "sweeps" / _id(todo)
    tried = [Tried(one.trial, one.steps, *_stands(todo.standing.of(one))) for one in todo.trials]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with held(folder):
            _train(todo, tried, say, progress)
    finally:
        result = Sweep(folder, todo.recipe, todo.version.version, compare(tried, todo.version))
        _write(result)
    return result


def _train(todo: Plan, tried: list[Tried], say: Say, progress: Callable[[], Progress]) -> None:
    """Puts the run of each trial in its place in `tried`."""
    budget = todo.recipe.sweep.minutes if todo.recipe.sweep else None
    spent_s = sum(seconds(one.run.metrics()) for one in tried if one.run and one.finished)
    began = time.monotonic()
    for n, one in enumerate(todo.trials):
        words = f"run {n + 1} of {len(tried)}: {one.trial.words()}, seed {one.trial.seed}"
        half = tried[n].run
        if half is not None and half.state != "interrupted":
            say(f"{words}: run {half.id} stands, {half.state}")
            continue
        if budget is not None and spent_s + time.monotonic() - began >= budget * 60:
            say(f"the {budget:g} minutes are used up: {words} and those after it are not begun")
            return
        say(f"{words}, {one.steps:,} steps")
        shown = progress()
        try:
            why = _one(todo, one, half, shown)
        finally:
            shown.close()
            _free()
            tried[n] = Tried(one.trial, one.steps, *_stands(Standing(todo.workspace, todo.version).of(one)))
        if why is not None:
            say(f"it failed: {why}")
            tried[n] = replace(tried[n], why=why)


def _one(todo: Plan, one: Planned, half: Run | None, progress: Progress) -> str | None:
    """Trains a trial, or goes on with its half run. What stopped it where that would stop it again; all else
    is raised."""
    try:
        if half is None:
            carry_out(job_of(todo.workspace, todo.version, one.trial.train, one.trial.seed), progress)
        else:
            carry_out(go_on(todo.workspace, half.id), progress)
    except Interrupted as error:
        raise Interrupted(error.problem, "`train sweep` goes on from there") from None
    except (GateError, UsageError) as error:
        return error.problem
    return None


def _stands(run: Run | None) -> tuple[Run | None, str | None]:
    return run, run.info.reason if run is not None and not run.finished else None


def _free() -> None:
    """What the run before held of the device, so that the next one has all of it."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _id(todo: Plan) -> str:
    """By data and settings: a larger budget is the same sweep."""
    recipe = todo.recipe
    asked = [
        todo.version.version,
        recipe.seed,
        recipe.train.model_dump(mode="json") if recipe.train else None,
        recipe.sweep.model_dump(mode="json", exclude={"runs", "minutes"}) if recipe.sweep else None,
    ]
    return hashlib.sha256(to_json(asked).encode()).hexdigest()[:12]


def _write(result: Sweep) -> None:
    from train.sweeping.page import page
    from train.sweeping.record import record

    atomic.write_text(result.path / INFO, json.dumps(record(result), indent=2) + "\n")
    atomic.write_text(result.path / REPORT, page(result))
