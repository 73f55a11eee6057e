"""Intervals by the paired bootstrap: groups drawn again with replacement, all systems on the same draw.

Examples of one group (one conversation's family, one customer) are no independent witnesses, so whole groups
are drawn (Efron & Tibshirani 1993, §8; Koehn 2004 for pairs of systems on one test set). The interval is the
2.5th to the 97.5th percentile of 10,000 draws. Of few groups it is too narrow, of fewer than 8 there is none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats

RESAMPLES = 10_000
FEWEST_GROUPS = 8
_CHUNK = 4_000_000  # drawn numbers at once
_SHARES = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Interval:
    """95 %: `low` to `high`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """What is computed from sums over examples: a mean from (value, 1), a loss from (nats, tokens), BLEU from
    its counts. `score`: sums (R, k) to (R,) figures, NaN where there is nothing to compute from."""

    name: str
    width: int
    score: Callable[[Floats], Floats]


def ratio(sums: Floats) -> Floats:
    """The figure of most metrics: the first sum over the second."""
    total = sums[:, 1]
    found: Floats = np.divide(sums[:, 0], total, out=np.full(len(sums), np.nan), where=total > 0)
    return found


def by_group(statistics: Floats, groups: Sequence[str] | NDArray[np.object_]) -> Floats:
    """(n, k) statistics of examples as (groups, k) sums of groups, in the order of the groups' names."""
    names, index = np.unique(np.asarray(groups, dtype=object), return_inverse=True)
    sums = np.zeros((len(names), statistics.shape[1]))
    np.add.at(sums, index, statistics)
    return sums


def resampled(sums: Floats, seed: int, resamples: int = RESAMPLES) -> Iterator[Floats]:
    """Sums (chunk, k) over groups drawn with replacement, chunk after chunk; the same seed, the same draws
    for as many groups."""
    groups = len(sums)
    random = np.random.default_rng(seed)
    at_once = max(1, _CHUNK // max(1, groups))
    for start in range(0, resamples, at_once):
        size = min(at_once, resamples - start)
        drawn = random.integers(0, groups, size=(size, groups))
        drawn += np.arange(size)[:, None] * groups
        counts = np.bincount(drawn.ravel(), minlength=size * groups).reshape(size, groups)
        yield counts.astype(np.float64) @ sums


def interval(values: Floats) -> Interval | None:
    """Of the figures of all draws; None where more than one draw in a hundred had nothing to compute from."""
    known = values[np.isfinite(values)]
    if not known.size or known.size < 0.99 * values.size:
        return None
    low, high = np.percentile(known, _SHARES)
    return Interval(float(low), float(high))
