"""How many steps each trial would take: counted by what a run counts with, from the tokenizer alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import UsageError
from train.job import Job
from train.session import job_of
from train.sweeping.trials import Trial


@dataclass(frozen=True, slots=True)
class Planned:
    """`template_sha256`: of the tokenizer that the trial would be trained with."""

    trial: Trial
    steps: int
    template_sha256: str


def planned(workspace: Workspace, version: DatasetVersion, trials: Sequence[Trial]) -> list[Planned]:
    """In their order. Rows are tokenised once for all trials that read them alike.

    Raises RecipeError, UsageError as a run would; UsageError where there is nothing to choose by.
    """
    from train.fitting.compute import choose
    from train.plan.course import course

    rows: dict[tuple[Any, ...], Any] = {}
    found = []
    for trial in trials:
        train = trial.train
        alike = (train.model, train.max_length, train.task, train.turn_weights, train.labels)
        if alike not in rows:
            rows[alike] = _prepared(job_of(workspace, version, train, trial.seed))
        prepared = rows[alike]
        packed = train.packing and train.task == "generation"
        length = course(
            train.model_copy(update={"packing": packed}), prepared.of("train"), choose(train), trial.seed
        )
        found.append(Planned(trial, length.schedule.total_steps, prepared.template_sha256))
    return found


def _prepared(job: Job) -> Any:
    from train.fitting.fit import task_of
    from train.fitting.model import find_base, load_tokenizer

    task = task_of(job)
    task.check()
    prepared = task.prepare(load_tokenizer(find_base(job.workspace, job.train)))
    needed = (("train", "nothing to train on"), ("validation", "a sweep chooses by validation loss"))
    for split, why in needed:
        if not prepared.of(split):
            raise UsageError(
                f"version {job.version.version} has no {split} example that can be used: {why}",
                "look at its splits with `curate versions`, and at train.max_length",
            )
    return prepared
