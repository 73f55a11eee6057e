"""What arms show: their losses on the regressed examples, seed by seed, and when one counts as repaired.

Every arm is trained with the same seeds, and losses are compared seed by seed. A loss is taken as that of its
arm, plus that of its seed, plus noise; the noise is estimated from all arms together, with (arms − 1) ·
(seeds − 1) degrees of freedom, so that the yardstick gets better as the search goes on (the two-way layout
without replicates, e.g. Scheffé 1959, chapter 4). `margin` is half the 95 % interval of the difference of two
arms.

    regression   loss of B less loss of A's data: real where its interval lies above 0
    repaired     what remains above A's data is at most `until` of the regression, plus the margin
    no effect    no better than the arm it is held against by more than the margin
    unclear      what remains would count as repaired, and it is no better than B: more seeds are needed
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from train.bisecting.search import NOTHING, Groups, Outcome
from train.evaluation.resampling import Interval

Floats = NDArray[np.float64]
_SHARE = 0.975


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds with its 95 % interval, None where none can be given."""

    value: float
    interval: Interval | None


@dataclass
class Judge:
    """`every`: all groups. `losses`: of each arm, by what is put back, as many as there are seeds, nats per
    token. Outcomes are settled when first asked for, by the noise that is known then."""

    every: Groups
    until: float
    losses: dict[Groups, Sequence[float]] = field(default_factory=dict)
    _settled: dict[tuple[Groups, Groups], Outcome] = field(default_factory=dict)

    @property
    def seeds(self) -> int:
        return min(map(len, self.losses.values()), default=0)

    def table(self) -> Floats:
        """(arms, seeds), for the seeds that all arms have."""
        n = self.seeds
        return np.array([list(of)[:n] for of in self.losses.values()], dtype=np.float64)

    @property
    def noise(self) -> float:
        """Standard deviation of one loss, arm and seed taken out; nats per token."""
        table = self.table()
        off = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
        return float(np.sqrt((off**2).sum() / self._freedom))

    @property
    def margin(self) -> float:
        from scipy.stats import t

        return float(t.ppf(_SHARE, self._freedom) * self.noise * np.sqrt(2 / self.seeds))

    @property
    def regression(self) -> Estimate:
        """By B and A's data alone: what other arms show does not move it."""
        own = Judge(self.every, self.until, {g: self.losses[g] for g in (NOTHING, self.every)})
        value = float(own._mean(NOTHING) - own._mean(self.every))
        return Estimate(value, Interval(value - own.margin, value + own.margin))

    @property
    def regressed(self) -> bool:
        interval = self.regression.interval
        return interval is not None and interval.low > 0

    def clear(self, back: Groups) -> bool:
        """Whether this arm does not count as repaired while it is no better than B for sure."""
        return not self._may_be_repaired(back) or self._mean(NOTHING) - self._mean(back) > self.margin

    def remains(self, back: Groups) -> Estimate:
        """Of the regression, with these groups put back."""
        return self._difference(back, self.every)

    def outcome(self, back: Groups, against: Groups) -> Outcome:
        """Of an arm that is there, beside another that is."""
        key = back, against
        if key not in self._settled:
            self._settled[key] = self._outcome(back, against)
        return self._settled[key]

    def explained(self, back: Groups) -> Estimate:
        """The share of the regression that goes with these groups, and its interval by Fieller's theorem
        (Fieller 1954): both differences hold B's losses, and neither is known for sure."""
        from scipy.stats import t

        whole = self.regression.value
        share = float(self._mean(NOTHING) - self._mean(back)) / whole
        if back == self.every:
            return Estimate(1.0, None)
        var = 2 * self.noise**2 / self.seeds
        both = var / 2
        q = float(t.ppf(_SHARE, self._freedom))
        g = q**2 * var / whole**2
        if g >= 1:
            return Estimate(share, None)
        inner = var - 2 * share * both + share**2 * var - g * (var - both**2 / var)
        middle, half = (share - g * both / var) / (1 - g), q * np.sqrt(max(inner, 0)) / whole / (1 - g)
        return Estimate(share, Interval(float(middle - half), float(middle + half)))

    @property
    def _freedom(self) -> int:
        return (len(self.losses) - 1) * (self.seeds - 1)

    def _mean(self, back: Groups) -> float:
        return float(np.mean(list(self.losses[back])[: self.seeds]))

    def _difference(self, one: Groups, other: Groups) -> Estimate:
        value = self._mean(one) - self._mean(other)
        return Estimate(value, Interval(value - self.margin, value + self.margin))

    def _outcome(self, back: Groups, against: Groups) -> Outcome:
        if self._may_be_repaired(back):
            return "repaired"
        return "partly" if self._mean(against) - self._mean(back) > self.margin else "none"

    def _may_be_repaired(self, back: Groups) -> bool:
        return self.remains(back).value <= self.until * self.regression.value + self.margin
