"""transformers' Trainer over rows with a class: its loss is ours, so that each example's is known.

Σ w(class) · nll ÷ the step's examples, over all its micro-batches. The weights change what is trained on, and
never what is recorded.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import TrainingArguments
from typing_extensions import override

from schemas.training import Train
from train.classifying.head import inputs
from train.classifying.rows import ClassRow
from train.fitting.arguments import on_one_gpu, shared
from train.fitting.recorded import ROWS, RecordedTrainer
from train.fitting.task import Course
from train.record.recorder import StepLosses, StepSums
from train.tokens import IGNORE

BLANK = -1
"""The index of no row: it fills up a round of several processes, and trains nothing."""


class ClassTrainer(RecordedTrainer):
    """`names` are the classes by id, `weights` what an example of each counts for, None for alike."""

    def __init__(
        self,
        model: Any,
        rows: Sequence[ClassRow],
        course: Course,
        *,
        names: Sequence[str],
        pad_id: int,
        weights: Sequence[float] | None,
        train: Train,
        seed: int,
    ) -> None:
        self._rows = rows
        self._names = names
        self._pad_id = pad_id
        self._labels = np.array([row.label for row in rows])
        self._weights = None if weights is None else torch.tensor(weights)
        super().__init__(
            model=model,
            args=_arguments(train, seed, course),
            data_collator=self.batch_of,
            sequences=[*(row for (row,) in course.sequences), *[BLANK] * course.schedule.blanks],
            blanks=course.schedule.blanks,
            lengths=[len(rows[row]) for (row,) in course.sequences] if train.group_by_length else (),
            seed=seed,
            checkpoints=course.checkpoints,
            base=course.base,
            ranks=course.ranks,
        )
        self.recorder = StepSums()

    @override
    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """The loss of one micro-batch, a share of the step's."""
        rows, labels = inputs.pop(ROWS), inputs.pop("labels")
        logits = model(**inputs).logits.float()
        nll = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        with torch.no_grad():
            correct = logits.argmax(-1) == labels
            sums = torch.stack([nll.double(), nll.double(), correct.double()])[:, : len(rows)]
            self.recorder.add(rows, sums, torch.tensor(len(rows), device=nll.device), nll.new_zeros(()))
        self.items = num_items_in_batch
        if self._weights is not None:
            nll = nll * self._weights.to(nll.device)[labels.clamp(min=0)]
        if num_items_in_batch is None:
            return nll.mean()
        # Ranks' gradients are averaged, while the items are counted over all of them.
        ranks = self.accelerator.num_processes if self.args.average_tokens_across_devices else 1
        return nll.sum() / num_items_in_batch * ranks

    def trained_loss(self, losses: StepLosses) -> float:
        weights = 1.0 if self._weights is None else self._weights.numpy()[self._labels[losses.rows]]
        return float((losses.nll * weights).sum() / max(int(self.items or 0), 1))

    def scores(self, losses: StepLosses) -> dict[str, float]:
        return {"accuracy": float(losses.n_correct.sum() / losses.counted)}

    def words(self, targets: Sequence[int]) -> str:
        return self._names[targets[0]]

    def batch_of(self, rows: Sequence[int]) -> dict[str, Any]:
        """The rows as a micro-batch: what the collator makes, and what a micro-batch is cut into."""
        named = [i for i in rows if i != BLANK]
        blank = [min(self._rows, key=len)] * (len(rows) - len(named))
        batch = inputs([*(self._rows[i] for i in named), *blank], self._pad_id, "cpu")
        batch["labels"][len(named) :] = IGNORE
        return {**batch, ROWS: named}


def _arguments(train: Train, seed: int, course: Course) -> TrainingArguments:
    return on_one_gpu(
        TrainingArguments(
            **shared(train, seed, course.schedule, course.compute, course.checkpoints.folder),
            activation_checkpointing=course.compute.recompute,
        )
    )
