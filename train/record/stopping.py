"""Which evaluation was best, and whether to stop: functions of the validation losses so far, no state."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.training import EarlyStopping


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Validation loss after a step: Σ nll / Σ trained tokens, nats."""

    step: int
    loss: float


def best(evaluations: Sequence[Evaluation]) -> Evaluation | None:
    """The lowest loss, the earliest where several share it; None where nothing was evaluated."""
    return min(evaluations, key=lambda e: (e.loss, e.step), default=None)


def out_of_patience(evaluations: Sequence[Evaluation], rule: EarlyStopping | None) -> bool:
    """Whether the last `patience` evaluations all failed to fall `min_delta` below the lowest before them."""
    if rule is None:
        return False
    lowest, failures = float("inf"), 0
    for evaluation in evaluations:
        if evaluation.loss < lowest - rule.min_delta:
            lowest, failures = evaluation.loss, 0
        else:
            failures += 1
    return failures >= rule.patience
