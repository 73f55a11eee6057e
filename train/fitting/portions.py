"""A step that does not fit into memory goes through the model in smaller portions, and comes out the same.

Gradients are sums over a step's tokens, so a micro-batch may be cut into portions that go through one after
the other. Where memory runs out the step begins anew, with the random numbers that it began with: nothing of
it is lost, and the result is that of the smaller micro-batches.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import Trainer

from train.fitting.endings import first_line, is_out_of_memory
from train.record.recorder import StepSums

ROWS = "rows"
"""Key of a batch's row indices, which travel with it to the forward pass."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """Memory ran out after `step`, with these rows in the model together; from here on each micro-batch goes
    through in so many `portions`. `words` are the library's. `several` processes cannot begin a step anew."""

    step: int
    rows: list[int]
    portions: int
    words: str
    several: bool = False

    @property
    def hopeless(self) -> bool:
        """An example alone is too much."""
        return len(self.rows) == 1


class RandomState:
    """Where torch's random numbers stand, on the host and on the devices that are in use."""

    def __init__(self) -> None:
        self._host = torch.get_rng_state()
        self._devices = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []

    def restore(self) -> None:
        torch.set_rng_state(self._host)
        if self._devices:
            torch.cuda.set_rng_state_all(self._devices)


class PortionedTrainer(Trainer):
    """`portions`: how many each micro-batch is cut into. `told_shortage` is called where memory ran out, and
    raises where that is hopeless. `in_step`: a step has begun and has not moved a weight yet."""

    model: Any
    recorder: StepSums
    portions: int = 1
    told_shortage: Callable[[Shortage], None] | None = None
    in_step = False
    _step = -1
    _grad_norm: Any = None

    def batch_of(self, rows: Sequence[int]) -> dict[str, Any]:
        """The micro-batch of these examples of the train split, each as if it had never been packed."""
        raise NotImplementedError

    @property
    def step_rows(self) -> list[int]:
        """The examples of the step that is going on, as far as they have gone through."""
        return [row for batch in self._batches for row in batch[ROWS]]

    def training_step(
        self, model: Any, inputs: dict[str, Any], num_items_in_batch: torch.Tensor | int | None = None
    ) -> torch.Tensor:
        """A micro-batch forward and backward, in as many portions as memory wants; its loss."""
        if self.state.global_step != self._step:
            self._step, self._batches, self._random = self.state.global_step, [], RandomState()
            self._returned: torch.Tensor | float = 0.0
            self.in_step = True
        self._batches.append(inputs)
        loss, words = self._attempt(model, [inputs], num_items_in_batch)
        if loss is None:
            while loss is None:
                self._shrink(words)
                self.rewind()
                loss, words = self._attempt(model, self._batches, num_items_in_batch)
            # The step's earlier losses stand in the sum already.
            loss = loss - self._returned
        self._returned = self._returned + loss
        return loss

    @property
    def gradient_is_finite(self) -> bool:
        """Of the step that is about to move the weights; True where a gradient scaler sees to it itself."""
        scaled = self.accelerator.scaler is not None and self.accelerator.scaler.is_enabled()
        return scaled or self._grad_norm is None or math.isfinite(float(self._grad_norm))

    def not_finite_alone(self) -> tuple[list[int], list[int]]:
        """The step's rows whose loss, and those whose gradient alone, is not finite when each goes through by
        itself. Leaves the step rewound."""
        losses, gradients = [], []
        for row in self.step_rows:
            self.rewind()
            super().training_step(self.model_wrapped, self.batch_of([row]))
            trained = [p.grad for p in self.model.parameters() if p.grad is not None]
            if not np.isfinite(self.recorder.take().nll).all():
                losses.append(row)
            elif not bool(torch.isfinite(torch.nn.utils.get_total_norm(trained))):
                gradients.append(row)
        self.rewind()
        return losses, gradients

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        self._grad_norm = super()._get_grad_norm(model, grad_norm)  # type: ignore[no-untyped-call]
        return self._grad_norm

    def rewind(self) -> None:
        """Back to the beginning of the step: no gradient, nothing recorded, the same random numbers."""
        self.model_wrapped.zero_grad()
        self.recorder.clear()
        self._random.restore()

    def _attempt(
        self, model: Any, batches: Sequence[dict[str, Any]], items: torch.Tensor | int | None
    ) -> tuple[torch.Tensor | None, str]:
        """Their loss; None and what was said where memory ran out. Returns before it is tried again, because
        the error's traceback holds what filled the memory."""
        try:
            return torch.stack([self._in_portions(model, batch, items) for batch in batches]).sum(), ""
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return None, first_line(error)

    def _in_portions(
        self, model: Any, batch: dict[str, Any], items: torch.Tensor | int | None
    ) -> torch.Tensor:
        rows, steps = batch[ROWS], self.current_gradient_accumulation_steps
        groups = cut(rows, self.portions)
        self._running = rows
        if len(groups) == 1:
            return super().training_step(model, batch, items)
        losses = []
        try:
            # What is a mean over micro-batches counts by the portion.
            self.current_gradient_accumulation_steps = steps * len(groups)
            self.recorder.share = 1 / len(groups)
            for group in groups:
                self._running = group
                with nullcontext() if group is groups[-1] else self.accelerator.no_sync(model):
                    losses.append(super().training_step(model, self.batch_of(group), items))
        finally:
            self.current_gradient_accumulation_steps, self.recorder.share = steps, 1.0
        return torch.stack(losses).sum()

    def _shrink(self, words: str) -> None:
        from accelerate.utils.memory import clear_device_cache

        clear_device_cache(garbage_collection=True)
        alone, several = len(self._running) == 1, self.accelerator.num_processes > 1
        self.portions *= 1 if alone else 2
        if self.told_shortage is not None:
            self.told_shortage(Shortage(self.state.global_step, self._running, self.portions, words, several))
        if alone or several:
            raise AssertionError("who is told of an example too large for the memory ends the run")


def cut(rows: Sequence[int], portions: int) -> list[list[int]]:
    """The rows in their order in so many groups of about the same size, none empty but of no rows."""
    n = max(1, min(portions, len(rows)))
    bounds = [i * len(rows) // n for i in range(n + 1)]
    return [list(rows[start:stop]) for start, stop in itertools.pairwise(bounds)]
