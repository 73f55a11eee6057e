"""A coefficient of agreement with its interval, as every measure here gives it.

Intervals are percentile bootstraps over the examples: those judged are a sample of those that might have been
(Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.arrays import Floats

Table = npt.NDArray[np.int64]
RESAMPLES = 2000
LEVEL = 0.95
SEED = 17
FEW = 30  # examples; below it a percentile interval is itself too uncertain to lean on


@dataclass(frozen=True, slots=True)
class Coefficient:
    """`value` is 1 at full agreement and 0 where chance would agree as well, None where it is not defined;
    `low` and `high` are its 95 % interval, None where it has none. `n` are the examples compared, `observed`
    the share of agreement that was seen, chance included."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    observed: float | None

    @property
    def few(self) -> bool:
        return self.n < FEW


def percentiles(resampled: Floats) -> tuple[float, float]:
    """The interval of a statistic from its resamples; those in which it is not defined (NaN) are left out."""
    known = resampled[~np.isnan(resampled)]
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def resampled_means(values: Floats, dice: np.random.Generator) -> Floats:
    """The means of resamples of `values`. How often each different one is drawn is multinomial: the same as
    drawing them one by one, at the cost of the few that differ."""
    different, counts = np.unique(values, return_counts=True)
    drawn = dice.multinomial(len(values), counts / len(values), size=RESAMPLES)
    means: Floats = drawn @ different / len(values)
    return means


def one_minus(disagreed: Floats, expected: Floats) -> Floats:
    """1 − disagreed / expected; NaN where nothing is expected to disagree."""
    ratio: Floats = np.full(np.broadcast(disagreed, expected).shape, np.nan)
    np.divide(disagreed, expected, out=ratio, where=expected > 0)
    return 1 - ratio
