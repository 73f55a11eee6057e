"""How far one run's figures lie above another's on the same examples, how sure that is, and what it says.

Intervals: the paired bootstrap over groups of `train.evaluation.resampling`, 1,000 draws. p-values: Fisher's
randomisation test, two-sided. Were the runs alike, each group's difference could as well have had the other
sign: p is the share of 10,000 random choices of signs with a difference as large (Fisher 1935; Noreen 1989).
Of many slices some look worse by chance: q bounds the expected share of false findings among those with a q
no larger (Benjamini & Hochberg 1995), within one family of tests. Slices overlap; the procedure is proven
for tests that are independent or positively dependent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from train.evaluation.resampling import FEWEST_GROUPS, Interval, by_group, interval, ratio, resampled
from train.paired import RESAMPLES

Verdict = Literal[
    "worse", "better", "worse or chance", "better or chance", "within seed noise", "not enough evidence"
]
FALSE_DISCOVERIES = 0.05
_FLIPS = 10_000
_CHUNK = 4_000_000  # signs at once
_SEED = 17


@dataclass(frozen=True, slots=True)
class Tested:
    """`difference`: Σ difference / Σ weight over the examples; its 95 % interval, `p` and `q` are None for
    fewer than FEWEST_GROUPS groups."""

    examples: int
    groups: int
    difference: float
    interval: Interval | None
    p: float | None
    q: float | None

    @property
    def sure(self) -> bool:
        """Whether zero lies outside the interval and the test, corrected for its family, says so too."""
        apart = self.interval is not None and (self.interval.low > 0 or self.interval.high < 0)
        return apart and self.q is not None and self.q <= FALSE_DISCOVERIES


def contrast(
    differences: Floats, weights: Floats, groups: Sequence[str], members: Sequence[NDArray[np.bool_]]
) -> list[Tested]:
    """One family of tests. `differences`, `weights` (n,) by example: nats and tokens, or a metric's values
    and ones. `members`: the examples of each test, none of them empty."""
    if not members:
        return []
    chosen = np.stack(members, axis=1).astype(np.float64)
    used = chosen.any(axis=1)
    names = np.asarray(groups, dtype=object)[used]
    found = by_group((differences[:, None] * chosen)[used], names)
    size = by_group((weights[:, None] * chosen)[used], names)
    n_groups = (by_group(chosen[used], names) > 0).sum(axis=0)
    total = found.sum(axis=0)
    intervals = _intervals(found, size)
    p = _p_values(found, total)
    tested = n_groups >= FEWEST_GROUPS
    q = np.full(len(p), np.nan)
    q[tested] = false_discovery_rates(p[tested])
    return [
        Tested(
            examples=int(chosen[:, at].sum()),
            groups=int(n_groups[at]),
            difference=float(total[at] / size[:, at].sum()),
            interval=intervals[at] if tested[at] else None,
            p=float(p[at]) if tested[at] else None,
            q=float(q[at]) if tested[at] else None,
        )
        for at in range(len(members))
    ]


def judge(tested: Tested, *, higher_is_worse: bool, beyond_noise: bool | None) -> Verdict:
    """`beyond_noise`: whether another seed would hardly do as much; None where that is not known, so that the
    difference may be the chance of training."""
    if not tested.sure:
        return "not enough evidence"
    if beyond_noise is False:
        return "within seed noise"
    if (tested.difference > 0) == higher_is_worse:
        return "worse" if beyond_noise else "worse or chance"
    return "better" if beyond_noise else "better or chance"


def false_discovery_rates(p: Floats) -> Floats:
    """Adjusted p-values by Benjamini and Hochberg."""
    if not len(p):
        return p
    from scipy.stats import false_discovery_control

    found: Floats = false_discovery_control(p, method="bh")
    return found


def _intervals(found: Floats, size: Floats) -> list[Interval | None]:
    """All tests on the same draws of groups; sums are (groups, tests)."""
    n = found.shape[1]
    drawn = np.concatenate(list(resampled(np.hstack([found, size]), _SEED, RESAMPLES)))
    return [interval(ratio(drawn[:, [at, n + at]])) for at in range(n)]


def _p_values(found: Floats, total: Floats) -> Floats:
    """By random signs, the same ones for all tests; the signs as they are count as one of them."""
    groups = len(found)
    random = np.random.default_rng(_SEED)
    at_least = np.abs(total) * (1 - 1e-9)  # a sum in another order is as large
    as_large = np.ones(len(total))
    at_once = max(1, _CHUNK // groups)
    for start in range(0, _FLIPS, at_once):
        signs = random.integers(0, 2, size=(min(at_once, _FLIPS - start), groups)) * 2.0 - 1.0
        as_large += (np.abs(signs @ found) >= at_least).sum(axis=0)
    p: Floats = as_large / (_FLIPS + 1)
    return p
