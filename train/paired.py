"""By how much one model's losses lie below another's on the same examples, and how sure that is.

The interval is that of `train.evaluation.resampling`: groups of examples drawn again, each example with both
of its losses, so that what makes an example hard does not count as noise. It says what other examples could
have shown, and nothing about another training seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schemas.arrays import Floats
from train.evaluation.resampling import FEWEST_GROUPS, Interval, by_group, interval, ratio, resampled

RESAMPLES = 1000
_SEED = 17


@dataclass(frozen=True, slots=True)
class Difference:
    """Nats per trained token, with its 95 % interval, which is None for few groups."""

    value: float
    interval: Interval | None

    @property
    def sure(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.interval is not None and (self.interval.low > 0 or self.interval.high < 0)


def difference(nll: Floats, tokens: Floats, groups: Sequence[str]) -> Difference:
    """Σ nll / Σ tokens, where `nll` (n,) is an example's nll by the one model less its nll by the other.
    `groups` names what is drawn together. Raises ValueError for no examples."""
    if not len(nll):
        raise ValueError("no examples")
    sums = by_group(np.stack([nll, tokens], axis=1), groups)
    drawn = np.concatenate([ratio(part) for part in resampled(sums, _SEED, RESAMPLES)])
    few = len(sums) < FEWEST_GROUPS
    return Difference(float(nll.sum() / tokens.sum()), None if few else interval(drawn))
