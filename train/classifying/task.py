"""The task of classes: a head on the model, one class an example, never packed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typing_extensions import override

from train.classifying.classes import Classes, said
from train.classifying.head import check_padding, head_name, load
from train.classifying.meter import ClassMeter
from train.classifying.parts import ClassParts
from train.classifying.rows import ClassRow, pad_id, prepare
from train.classifying.trainer import ClassTrainer
from train.fitting.compute import Compute
from train.fitting.model import Base, add_adapter
from train.fitting.task import Course, Sequences, Task
from train.job import Job
from train.progress import Progress
from train.ranks import Ranks
from train.tokens import Prepared


class Classification(Task):
    def __init__(self, job: Job) -> None:
        self._job = job
        self._rows: tuple[ClassRow, ...] = ()
        self._classes = Classes((), False, ())
        self._pad_id = 0

    def check(self) -> None:
        """The recipe's own checks say it all."""

    def prepare(self, tokenizer: Any) -> Prepared[ClassRow]:
        settings = self._job.train
        prepared, self._classes = prepare(
            self._job.version.examples(), tokenizer, settings.max_length, settings.labels
        )
        self._rows, self._pad_id = prepared.rows, pad_id(tokenizer)
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token  # saved beside the adapter, as the head was trained
        return prepared

    @property
    def labels(self) -> tuple[str, ...]:
        return self._classes.names

    def said(self) -> Iterator[str]:
        yield f"each trained on one class, {sum(map(len, self._rows)):,} tokens are read"
        yield from said(self._classes)
        if self._job.train.class_weights:
            pairs = zip(self._classes.names, self._classes.weights, strict=True)
            yield "an example counts for " + ", ".join(f"{name} {weight:.2f}" for name, weight in pairs)

    def load(self, base: Base, compute: Compute) -> Any:
        seed = self._job.recipe.seed
        model = load(base, self._job.train, compute, self._classes.names, self._pad_id, seed)
        head_name(model)
        check_padding(model, self._rows, self._pad_id, compute)
        return model

    @override
    def sequences(self, model: Any, compute: Compute, progress: Progress) -> tuple[Sequences, bool]:
        progress.say("rows are padded; the base model is the untuned one with its head as it was drawn")
        return [(i,) for i, row in enumerate(self._rows) if row.split == "train"], False

    def adapt(self, model: Any) -> Any:
        return add_adapter(model, self._job.train, self._job.recipe.seed, "SEQ_CLS")

    def trainer(self, model: Any, course: Course) -> ClassTrainer:
        return ClassTrainer(
            model,
            self._rows,
            course,
            names=self._classes.names,
            pad_id=self._pad_id,
            weights=self._classes.weights if self._job.train.class_weights else None,
            train=self._job.train,
            seed=self._job.recipe.seed,
        )

    def meter(self, model: Any, compute: Compute, ranks: Ranks) -> ClassMeter:
        return ClassMeter(model, self._rows, self._pad_id, compute, ranks)

    def parts(self, folder: Path) -> ClassParts:
        return ClassParts(folder, self._rows, self._classes.names)
