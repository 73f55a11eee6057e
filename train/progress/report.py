"""What a run has to say: a report after each step, sentences, and what is being measured meanwhile."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Worst:
    """An example that fares badly. `loss`: nats per trained token; `text`: how its answer begins, raw."""

    example_id: str
    loss: float
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """A training step.

    `grad_norm` is before clipping. `memory_gib` is the most that was in use so far, of the GPU where there is
    one. `validation`: (step, loss) of every evaluation so far. `worst`: of this epoch so far, worst first.
    """

    run: str
    step: int
    total: int
    epoch: float
    loss: float
    learning_rate: float
    grad_norm: float
    tokens_per_s: float
    memory_gib: float
    validation: Sequence[tuple[int, float]]
    worst: Sequence[Worst]

    @property
    def numbers(self) -> str:
        return (
            f"epoch {self.epoch:.2f}  loss {self.loss:.4f}  rate {self.learning_rate:.2e}  "
            f"gradient {self.grad_norm:.3g}  {self.tokens_per_s:,.0f} tokens/s  {self.memory_gib:.1f} GiB"
        )


class Progress(Protocol):
    """Where a run's words go. `measuring` gives a function to call with the number of examples done."""

    def say(self, line: str) -> None: ...
    def step(self, report: Report) -> None: ...
    def measuring(self, what: str, total: int) -> AbstractContextManager[Tick]: ...
    def close(self) -> None: ...
