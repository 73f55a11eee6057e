"""What to look at first: examples of a run, worst first, with the signal that put them there."""

from dataclasses import dataclass
from typing import Literal

from train.store import Run

Signal = Literal["loss", "gain", "rise"]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """`signal` in nats per token, by `by`. `loss` is the adapter's last snapshot, `step` its step."""

    example_id: str
    split: str
    by: Signal
    signal: float
    loss: float
    n_tokens: int
    step: int
    truncated: bool


def review_queue(
    run: Run, by: Signal = "loss", split: str | None = None, top: int | None = None
) -> list[QueueItem]:
    """Examples of the run, worst first.

    loss: the adapter's last snapshot, highest first. gain: base minus adapter, lowest first: what training
    helped least or hurt. rise: last snapshot minus the lowest one over time, highest first.
    """
    raise NotImplementedError
