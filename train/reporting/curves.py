"""The course of training, from `metrics.jsonl`: thinned to what a plot can show, every point a mean."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from schemas.arrays import Floats

POINTS = 600
_SMOOTH = 0.04  # of all steps: the window of the smoothed loss
QUANTITIES = (
    "epoch",
    "loss",
    "learning_rate",
    "grad_norm",
    "token_accuracy",
    "tokens_per_s",
    "gpu_memory_gib",
)


@dataclass(frozen=True, slots=True)
class Curves:
    """Lists of one length. `step` is the last of the up to `per_point` steps that a point is the mean of.
    A quantity that a run did not record is absent from `values`. `smoothed` is the mean loss of
    the steps around. `validation`: (step, loss) by evaluation. `seconds`: what the training steps took."""

    steps: int
    per_point: int
    step: list[int]
    values: dict[str, list[float]]
    smoothed: list[float]
    validation: list[tuple[int, float]]
    seconds: float


def curves(metrics: list[dict[str, Any]]) -> Curves:
    """Losses in nats per trained token."""
    trained = [line for line in metrics if "loss" in line]
    validation = [
        (int(line["step"]), float(line["validation_loss"])) for line in metrics if "validation_loss" in line
    ]
    steps = np.array([line["step"] for line in trained], dtype=np.int64)
    per_point = max(1, -(-len(trained) // POINTS))
    values = {
        name: _thinned(np.array([line.get(name) for line in trained], dtype=np.float64), per_point)
        for name in QUANTITIES
        if any(line.get(name) is not None for line in trained)
    }
    smoothed = _smooth(np.array([line["loss"] for line in trained], dtype=np.float64))
    return Curves(
        steps=len(trained),
        per_point=per_point,
        step=[int(steps[min(i + per_point, len(steps)) - 1]) for i in range(0, len(steps), per_point)],
        values=values,
        smoothed=_thinned(smoothed, per_point),
        validation=validation,
        seconds=seconds(trained),
    )


def seconds(metrics: list[dict[str, Any]]) -> float:
    """What the training steps took by their own clock: pauses, snapshots and loading are not in it."""
    total, before = 0.0, 0
    for line in metrics:
        if line.get("tokens_per_s"):
            total += (line["tokens"] - before) / line["tokens_per_s"]
            before = line["tokens"]
    return total


def _thinned(values: Floats, per_point: int) -> list[float]:
    return [float(np.mean(values[i : i + per_point])) for i in range(0, len(values), per_point)]


def _smooth(values: Floats) -> Floats:
    """The centred mean over a window, smaller at the ends."""
    half = max(1, round(len(values) * _SMOOTH / 2))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    start, stop = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    mean: Floats = (sums[stop] - sums[start]) / (stop - start)
    return mean
