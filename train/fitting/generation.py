"""The task of an assistant's answers: their tokens are trained, by TRL, packed where the model allows it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from train.fitting.compute import Compute
from train.fitting.isolation import isolates
from train.fitting.model import Base, add_adapter, load_model
from train.fitting.task import Course, Sequences, Task
from train.fitting.trainer import SiftTrainer, sequence_dataset
from train.job import Job
from train.packing import pack
from train.progress import Progress
from train.ranks import Ranks
from train.record.parts import Parts
from train.record.snapshots import Meter
from train.tokens import Prepared, TokenRow, prepare


class Generation(Task):
    def __init__(self, job: Job) -> None:
        self._job = job
        self._tokenizer: Any = None
        self._rows: tuple[TokenRow, ...] = ()
        self._counted = ""

    def check(self) -> None:
        """Every method can be trained for it."""

    def prepare(self, tokenizer: Any) -> Prepared[TokenRow]:
        train = self._job.train
        prepared = prepare(self._job.version.examples(), tokenizer, train.max_length, train.turn_weights)
        self._tokenizer, self._rows = tokenizer, prepared.rows
        self._counted = f"{prepared.counts.trained:,} of {prepared.counts.total:,} tokens are trained"
        return prepared

    @property
    def labels(self) -> tuple[str, ...]:
        return ()

    def said(self) -> Iterator[str]:
        yield self._counted

    def load(self, base: Base, compute: Compute) -> Any:
        return load_model(base, self._job.train, compute)

    def sequences(self, model: Any, compute: Compute, progress: Progress) -> tuple[Sequences, bool]:
        rows, settings = self._rows, self._job.train
        train = [i for i, row in enumerate(rows) if row.split == "train"]
        if not settings.packs:
            return [(i,) for i in train], False
        if not isolates(model, [rows[i] for i in train], compute):
            progress.say(
                f"padding instead of packing: packed examples see each other in {type(model).__name__}"
            )
            return [(i,) for i in train], False
        lengths = [len(rows[i]) for i in train]
        packs = pack(lengths, compute.pack_length(settings.max_length, max(lengths)), self._job.recipe.seed)
        return [tuple(train[i] for i in p.rows) for p in packs], True

    def adapt(self, model: Any) -> Any:
        return add_adapter(model, self._job.train, self._job.recipe.seed)

    def trainer(self, model: Any, course: Course) -> SiftTrainer:
        return SiftTrainer(
            model,
            self._tokenizer,
            sequence_dataset(self._rows, course.sequences, course.schedule.blanks),
            packed=course.packed,
            train=self._job.train,
            seed=self._job.recipe.seed,
            schedule=course.schedule,
            compute=course.compute,
            checkpoints=course.checkpoints,
            base=course.base,
            ranks=course.ranks,
        )

    def meter(self, model: Any, compute: Compute, ranks: Ranks) -> Meter:
        return Meter(model, self._rows, self._tokenizer.pad_token_id, compute, ranks)

    def parts(self, folder: Path) -> Parts:
        return Parts(folder, self._rows)
