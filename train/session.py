"""`train run`: a dataset version in, a run out: an adapter, and a loss for every example.

What can be known to be wrong is said before the run's folder exists and before any weights are loaded.
"""

import secrets
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import MissingPackage, RecipeError, RunError, UsageError
from schemas.recipe import Recipe, Train
from schemas.run import RunInfo
from train import trackers
from train.aftermath import describe
from train.job import PACKAGES, Job
from train.progress import Progress, Silent, on_stderr
from train.ranks import ALONE, Ranks
from train.record.held import held
from train.store import CONFIG, Run, list_runs, load_run, open_run


def run(
    version: DatasetVersion | str | None = None,
    *,
    recipe: Path | str | None = None,
    resume: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Trains on a dataset version (the current one when None) as the recipe's `train` says.

    The recipe is the one of the version's workspace, or `recipe.yaml` here. `resume` names a run to go on
    with: it is trained as it was begun, whatever the recipe says by now.
    Raises RecipeError, UsageError, VersionError, RunError; GateError when a loss is not finite or does not
    add up; Interrupted after Ctrl-C, with the run saved.
    """
    need_packages()
    workspace = Workspace.open(_recipe_path(version, recipe))
    ranks = Ranks.open()
    progress = (progress or on_stderr()) if ranks.first else Silent()
    with ExitStack() as stack:
        stack.callback(progress.close)
        stack.enter_context(ranks.one_voice())
        trained = carry_out(_agreed(workspace, version, resume, progress, ranks), progress, ranks)
    ranks.close()
    return trained


def carry_out(job: Job, progress: Progress, ranks: Ranks = ALONE) -> Run:
    """Trains a job to its end, and describes the run. Raises as `run` does, but for what its recipe says."""
    # Here, because both load torch: a recipe that is wrong should be told at once.
    from train.fitting.quiet import quiet

    quiet()
    from train.fitting.fit import fit

    with held(job.path) if ranks.first else nullcontext():
        # Another process may have ended the run in between.
        if job.resumes is not None:
            ranks.told(lambda: _refuse_finished(load_run(job.path)))
        fit(job, progress, ranks)
    trained = load_run(job.path)
    if ranks.first:
        describe(trained, job.workspace, progress.say)
    return trained


def _agreed(
    workspace: Workspace,
    version: DatasetVersion | str | None,
    resume: str | None,
    progress: Progress,
    ranks: Ranks,
) -> Job:
    """The same job in every process."""

    def settle() -> tuple[str, Recipe, str, RunInfo | None]:
        job = go_on(workspace, resume) if resume else begin(workspace, version, progress)
        return job.version.version, job.recipe, job.run, job.resumes

    name, recipe, run, resumes = ranks.told(settle)
    return Job.of(workspace, workspace.version(name), recipe, run, resumes)


def begin(workspace: Workspace, version: DatasetVersion | str | None, progress: Progress) -> Job:
    """A new run of the recipe as it stands. Says which interrupted run of the same inputs could go on."""
    train = workspace.recipe.train
    if train is None:
        raise RecipeError(
            f"{workspace.recipe_path}: no `train` section",
            "add one: `train: {model: …}`; see `curate init DIR`",
        )
    trackers.check(train.report_to)
    if not isinstance(version, DatasetVersion):
        version = workspace.version(version)
    job = job_of(workspace, version, train, workspace.recipe.seed)
    for earlier in _unfinished_alike(job):
        progress.say(_this_is_new(earlier))
    return job


def job_of(workspace: Workspace, version: DatasetVersion, train: Train, seed: int) -> Job:
    """A new run of a version with these settings. Nothing is on disk yet."""
    recipe = version.recipe.model_copy(update={"train": train, "seed": seed})
    return Job.of(workspace, version, recipe, _new_id(), None)


def resumable(workspace: Workspace, name: str) -> Run:
    """The run of that name or prefix. Raises UsageError where it is over, or still going."""
    earlier = open_run(workspace, name)
    if earlier.state == "running":
        raise UsageError(
            f"run {earlier.id} is being trained by process {earlier.info.pid} on {earlier.info.host}",
            "wait until it ends, or stop that process first",
        )
    _refuse_finished(earlier)
    return earlier


def _refuse_finished(run: Run) -> None:
    if run.finished:
        raise UsageError(f"run {run.id} is {run.state}", "start a new one with `train run`")


def go_on(workspace: Workspace, name: str) -> Job:
    """The run of that name or prefix, as it was begun. Raises UsageError as `resumable` does."""
    earlier = resumable(workspace, name)
    recipe = earlier.recipe
    if recipe.train is None:
        raise RunError(f"{earlier.path / CONFIG}: no `train` section", "start a new run with `train run`")
    version = workspace.version(earlier.info.dataset_version)
    return Job.of(workspace, version, recipe, earlier.id, earlier.info)


def _unfinished_alike(job: Job) -> list[Run]:
    """Interrupted and failed runs of the same version and settings."""
    return [
        run
        for run in list_runs(job.workspace)
        if run.state in ("interrupted", "failed")
        and run.info.dataset_version == job.version.version
        and run.info.seed == job.recipe.seed
        and run.recipe.train == job.train
    ]


def _this_is_new(earlier: Run) -> str:
    same, step = f"run {earlier.id} of the same data and settings", earlier.info.step
    if earlier.state == "failed":
        return f"{same} failed at step {step} ({earlier.info.reason}); this is a new run"
    return (
        f"{same} was interrupted at step {step}: `train run --resume {earlier.id}` goes on with it; "
        "this is a new run"
    )


def _recipe_path(version: DatasetVersion | str | None, recipe: Path | str | None) -> Path:
    if recipe is not None:
        return Path(recipe)
    if isinstance(version, DatasetVersion):
        # <root>/.siftune/datasets/<version>
        beside = version.path.absolute().parents[2] / "recipe.yaml"
        if beside.is_file():
            return beside
    return Path("recipe.yaml")


def _new_id() -> str:
    """Sorts by time, and two begun in one second differ."""
    return f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}-{secrets.token_hex(2)}"


def need_packages() -> None:
    """Raises MissingPackage where one that training needs is not installed."""
    for name in PACKAGES:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            raise MissingPackage.of(name, "train", "training") from None
