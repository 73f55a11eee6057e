"""Task: what a model is trained for, as far as a run must know: rows, model, loss, and what is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from train.fitting.compute import Compute
from train.fitting.model import Base
from train.fitting.recorded import RecordedTrainer
from train.fitting.schedule import Schedule
from train.progress import Progress
from train.ranks import Ranks
from train.record.checkpoints import Checkpoints
from train.record.parts import Parts
from train.record.snapshots import Snapshots
from train.rows import Row
from train.tokens import Prepared

Sequences = list[tuple[int, ...]]
"""Indices of the rows that are laid end to end into each sequence; of one row where nothing is packed."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a run goes: its train rows in sequences, and their schedule. `base` is the base's fingerprint."""

    sequences: Sequences
    packed: bool
    schedule: Schedule
    compute: Compute
    checkpoints: Checkpoints
    base: str
    ranks: Ranks


class Task(Protocol):
    """Of one job. Asked from top to bottom; what an earlier call found is kept for the later ones."""

    def check(self) -> None:
        """Raises UsageError for settings that this task cannot train."""

    def prepare(self, tokenizer: Any) -> Prepared[Row]:
        """The rows of all splits. Raises UsageError where none can be trained on."""

    @property
    def labels(self) -> Sequence[str]:
        """The classes by id; none for generation."""

    def said(self) -> Iterable[str]:
        """What is trained in the rows, in sentences."""

    def load(self, base: Base, compute: Compute) -> Any:
        """The base model, without an adapter."""

    def sequences(self, model: Any, compute: Compute, progress: Progress) -> tuple[Sequences, bool]:
        """The train rows laid into sequences, and whether these are packed."""

    def adapt(self, model: Any) -> Any:
        """The model with its adapter."""

    def trainer(self, model: Any, course: Course) -> RecordedTrainer: ...

    def meter(self, model: Any, compute: Compute, ranks: Ranks) -> Snapshots[Row]: ...

    def parts(self, folder: Path) -> Parts: ...
