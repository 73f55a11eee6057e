"""Runs of arms: one that stands is used, whoever trained it; else it is trained, as B was.

    .siftune/bisects/runs/<run>/    what was trained, no checkpoint left, train losses as training saw them

A run stands for an arm where nothing that training depends on differs from B but data and seed. So nothing of
a bisect's progress is kept but its runs: after Ctrl-C or kill -9 the half one goes on, the others are found.
"""

import gc
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import Interrupted, RunError, SiftuneError, UsageError
from schemas.recipe import Train
from train.auditing.comparable import DATA, differences
from train.auditing.noise import INDIFFERENT
from train.job import Job
from train.progress import Progress
from train.record.checkpoints import Checkpoints
from train.record.held import held
from train.session import job_of
from train.store import INFO, Run, load_run

FOLDER = "bisects"
_HELD_OUT = ("validation", "test")


def store_of(workspace: Workspace) -> Workspace:
    """Where versions and runs of bisects stand, apart from the user's own."""
    recipe = workspace.recipe.model_copy(update={"workspace": str(workspace.path / FOLDER)})
    return Workspace(recipe, workspace.recipe_path)


class Training:
    """Trains as `b` was trained, in its workspace. `trained` counts the runs that were. Raises UsageError in
    one of several processes."""

    def __init__(self, workspace: Workspace, b: Run) -> None:
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise UsageError(
                "this trains runs one after the other, and `accelerate launch` started several processes",
                "start it alone",
            )
        self._b = b
        self._store = store_of(workspace)
        self._alike: dict[str, bool] = {}
        self._settings = _settings(b)
        self.trained = 0

    def standing(self, version: DatasetVersion, seed: int) -> Run | None:
        """A finished run of B's settings; the user's own before one of a bisect."""
        return next((run for run in self._of(version, seed) if run.finished and self._is_alike(run)), None)

    def seeds(self, *versions: DatasetVersion) -> list[int]:
        """Of runs that stand for these versions: B's own first, then those of which most stand."""
        known = sorted({run.info.seed for run in self._runs()})
        standing = {
            seed: sum(self.standing(version, seed) is not None for version in versions) for seed in known
        }
        found = [seed for seed in known if standing[seed]]
        return sorted(found, key=lambda seed: (seed != self._b.info.seed, -standing[seed], seed))

    def train(self, version: DatasetVersion, seed: int, progress: Progress, *, whole: bool) -> Run:
        """Trains it to its end, or goes on with a half one. `whole`: the train split is measured, too.
        Raises Interrupted, and whatever else stops a run."""
        from train.fitting.quiet import quiet

        quiet()
        from train.fitting.fit import fit

        job = self._job(version, seed)
        if not whole:
            job = replace(job, measured=_HELD_OUT)
        try:
            with held(job.path):
                fit(job, progress)
        except Interrupted as error:
            raise Interrupted(error.problem, "the same command goes on from there") from None
        finally:
            _free()
        self.trained += 1
        return _slim(job.path)

    def _job(self, version: DatasetVersion, seed: int) -> Job:
        for run in self._of(version, seed):
            if run.state == "interrupted" and run.path.parent == self._store.runs and _started(run):
                return Job.of(self._store, version, run.recipe, run.id, run.info)
        return job_of(self._store, version, self._settings, seed)

    def _of(self, version: DatasetVersion, seed: int) -> Iterator[Run]:
        for run in self._runs():
            if (run.info.dataset_version, run.info.seed) == (version.version, seed):
                yield run

    def _runs(self) -> Iterator[Run]:
        """By age within each folder."""
        for folder in (self._b.path.parent, self._store.runs):
            for file in sorted(folder.glob(f"[!.]*/{INFO}")):
                try:
                    yield load_run(file.parent)
                except RunError:  # one that cannot be read stands for nothing
                    continue

    def _is_alike(self, run: Run) -> bool:
        if run.id not in self._alike:
            try:
                differing = {one.name for one in differences(self._b, run)}
            except SiftuneError:
                differing = {"what cannot be read"}
            self._alike[run.id] = differing <= {DATA, *INDIFFERENT}
        return self._alike[run.id]


def _settings(b: Run) -> Train:
    """B's, but for what is kept and told of a run."""
    train = b.recipe.train
    if train is None:
        raise RunError(f"run {b.id}: its recipe has no `train` section", "name a run of `train run`")
    return train.model_copy(update={"snapshots": (), "checkpoints": 1, "report_to": ()})


def _started(run: Run) -> bool:
    """Whether it wrote its settings before it was stopped."""
    try:
        return run.recipe.train is not None
    except SiftuneError:
        return False


def _slim(path: Path) -> Run:
    """The run without its checkpoints: nobody goes back to one."""
    from curate import atomic

    run = load_run(path)
    Checkpoints(path / "checkpoints").finish(())
    info = run.info.model_copy(update={"checkpoints": []})
    atomic.write_text(path / INFO, info.to_json())
    return load_run(path)


def _free() -> None:
    """What the run before held of a GPU, so that the next one has all of it."""
    import torch

    if torch.cuda.is_available():
        gc.collect()
        torch.cuda.empty_cache()
