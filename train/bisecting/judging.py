"""What arms show: their losses on the regressed examples, seed by seed, and when one counts as repaired.

Two runs of the same data differ, and by least squares over all arms as much of that as can be is taken out,
in one of two ways, whichever makes the regression surer:

    paired     loss = arm + seed + noise: what a seed does to all arms (the two-way layout, e.g. Scheffé 1959,
               chapter 4; not every arm has every seed)
    levelled   loss = arm + b · loss on the rest + noise: a run that learned less loses on other held-out
               examples, too (analysis of covariance, Fisher 1932)

So the yardstick gets better as the search goes on. A *margin* is half the 95 % interval of the difference of
two arms.

    regression   loss of `start`, which is B, less loss of A's data: real where its interval lies above 0; of
                 examples that the first seeds chose, where new seeds show it
    repaired     what remains above A's data is at most `until` of the regression, plus the margin
    no effect    no better than the arm it is held against by more than the margin
    unclear      what remains would count as repaired, and it is no better than `start`: more seeds are needed
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from schemas.arrays import Floats
from train.bisecting.search import NOTHING, Groups, Outcome
from train.evaluation.resampling import Interval

Losses = Mapping[Groups, Sequence[float]]  # of each arm, by what is put back and by seed, nats per token
_SHARE = 0.975
_ONE_SIDED = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds with its 95 % interval, None where none can be given."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class Layout:
    """`level`, by arm: its loss, with the seeds', or what the rest tells, taken out. `spread` (arms, arms):
    the covariance of levels, in units of the noise's variance. `noise`: standard deviation of one loss, nats
    per token; `freedom` its degrees of freedom."""

    level: dict[Groups, float]
    spread: Floats
    noise: float
    freedom: int

    @classmethod
    def of(cls, losses: Losses, rest: Losses | None = None) -> "Layout":
        """Each arm has the first so many seeds. Paired, or levelled where losses on the rest are given."""
        seeds = max(map(len, losses.values()))
        rows = [(arm, seed) for arm, of in enumerate(losses.values()) for seed in range(len(of))]
        arm_of, seed_of = np.array(rows).T
        arms = np.eye(len(losses))[arm_of]
        if rest is None:
            others = np.eye(seeds)[seed_of] - 1 / seeds
            taken = seeds - 1
        else:
            told = np.array([rest[arm][seed] for arm in losses for seed in range(len(losses[arm]))])
            others = (told - told.mean())[:, None]
            taken = 1
        design = np.hstack([arms, others])
        values = np.array([loss for of in losses.values() for loss in of])
        inverse = np.linalg.pinv(design.T @ design)
        fitted = inverse @ design.T @ values
        freedom = len(rows) - len(losses) - taken
        left = values - design @ fitted
        return cls(
            level=dict(zip(losses, fitted.tolist(), strict=False)),
            spread=inverse[: len(losses), : len(losses)],
            noise=float(np.sqrt(left @ left / freedom)),
            freedom=freedom,
        )

    @property
    def quantile(self) -> float:
        from scipy.stats import t

        return float(t.ppf(_SHARE, self.freedom))

    def covariance(self, one: tuple[Groups, Groups], other: tuple[Groups, Groups]) -> float:
        """Of two differences of arms."""
        at = list(self.level)
        (a, b), (c, d) = ([at.index(g) for g in pair] for pair in (one, other))
        s = self.spread
        return float(self.noise**2 * (s[a, c] - s[a, d] - s[b, c] + s[b, d]))

    def margin(self, one: Groups, other: Groups) -> float:
        return self.quantile * float(np.sqrt(self.covariance((one, other), (one, other))))

    def difference(self, one: Groups, other: Groups) -> Estimate:
        value, margin = self.level[one] - self.level[other], self.margin(one, other)
        return Estimate(value, Interval(value - margin, value + margin))


@dataclass
class Judge:
    """`every`: all groups; `start`: those put back from the outset. `losses` on the regressed examples,
    `rest` on other held-out ones. Outcomes are settled when first asked for, by what is known then."""

    every: Groups
    until: float
    losses: dict[Groups, Sequence[float]] = field(default_factory=dict)
    start: Groups = NOTHING
    rest: dict[Groups, Sequence[float]] = field(default_factory=dict)
    levelled: bool = False
    _settled: dict[tuple[Groups, Groups], Outcome] = field(default_factory=dict)

    def choose(self) -> None:
        """The way that makes the regression surer, by `start` and A's data."""
        if self.rest:
            sure = {way: _surety(self._layout((self.start, self.every), way), self) for way in (False, True)}
            self.levelled = sure[True] > sure[False]

    @property
    def layout(self) -> Layout:
        return self._layout(tuple(self.losses), self.levelled)

    @property
    def noise(self) -> float:
        """Standard deviation of one loss, arm and seed taken out; nats per token."""
        return self.layout.noise

    @property
    def margin(self) -> float:
        """Of `start` and A's data."""
        return self.layout.margin(self.start, self.every)

    @property
    def regression(self) -> Estimate:
        """By `start` and A's data alone: what other arms show does not move it."""
        return self._ends.difference(self.start, self.every)

    @property
    def regressed(self) -> bool:
        interval = self.regression.interval
        return interval is not None and interval.low > 0

    def confirmed(self, used: int) -> bool:
        """Whether the seeds after the first so many show the regression, one-sided by 95 %."""
        from scipy.stats import t

        later = Judge(self.every, self.until, start=self.start, levelled=self.levelled)
        for mine, theirs in ((self.losses, later.losses), (self.rest, later.rest)):
            theirs.update({g: of[used:] for g, of in mine.items() if g in (self.start, self.every)})
        ends = later.layout
        error = np.sqrt(ends.covariance((self.start, self.every), (self.start, self.every)))
        value = ends.difference(self.start, self.every).value
        return bool(value > t.ppf(_ONE_SIDED, ends.freedom) * error)

    def would_regress(self, seeds: int) -> bool:
        """Whether it would be real by so many seeds, were the difference and the noise what they are now."""
        from scipy.stats import t

        ends = self._ends
        more = 2 * (seeds - len(self.losses[self.start]))
        freedom = ends.freedom + (more if self.levelled else more // 2)
        margin = t.ppf(_SHARE, freedom) * ends.noise * np.sqrt(2 / seeds)
        return bool(self.regression.value > margin)

    def clear(self, back: Groups) -> bool:
        """Whether this arm does not count as repaired while it is no better than `start` for sure."""
        layout = self.layout
        gone = layout.level[self.start] - layout.level[back]
        return not self._may_be_repaired(back) or gone > layout.margin(self.start, back)

    def remains(self, back: Groups) -> Estimate:
        """Of the regression, with these groups put back."""
        return self.layout.difference(back, self.every)

    def outcome(self, back: Groups, against: Groups) -> Outcome:
        """Of an arm that is there, beside another that is."""
        key = back, against
        if key not in self._settled:
            self._settled[key] = self._outcome(back, against)
        return self._settled[key]

    def explained(self, back: Groups) -> Estimate:
        """The share of the regression that goes with these groups, and its interval by Fieller's theorem
        (Fieller 1954): both differences hold the losses of `start`, and neither is known for sure."""
        if back == self.every:
            return Estimate(1.0, None)
        layout = self.layout
        gone, whole = (self.start, back), (self.start, self.every)
        length = layout.level[self.start] - layout.level[self.every]
        share = (layout.level[self.start] - layout.level[back]) / length
        of_gone, of_whole = layout.covariance(gone, gone), layout.covariance(whole, whole)
        both = layout.covariance(gone, whole)
        q = layout.quantile
        g = q**2 * of_whole / length**2
        if g >= 1:
            return Estimate(share, None)
        inner = of_gone - 2 * share * both + share**2 * of_whole - g * (of_gone - both**2 / (of_whole or 1))
        middle = (share - g * both / (of_whole or 1)) / (1 - g)
        half = q * np.sqrt(max(inner, 0)) / length / (1 - g)
        return Estimate(share, Interval(float(middle - half), float(middle + half)))

    @property
    def _ends(self) -> Layout:
        return self._layout((self.start, self.every), self.levelled)

    def _layout(self, arms: Sequence[Groups], levelled: bool) -> Layout:
        losses, rest = (
            {g: of[g] for g in arms} for of in (self.losses, self.rest if levelled else self.losses)
        )
        return Layout.of(losses, rest if levelled else None)

    def _outcome(self, back: Groups, against: Groups) -> Outcome:
        if self._may_be_repaired(back):
            return "repaired"
        better = self.layout.difference(against, back).interval
        return "partly" if better is not None and better.low > 0 else "none"

    def _may_be_repaired(self, back: Groups) -> bool:
        layout = self.layout
        remains = layout.level[back] - layout.level[self.every]
        whole = self.regression.value
        return remains <= self.until * whole + layout.margin(back, self.every)


def _surety(ends: Layout, judge: Judge) -> float:
    """The regression in units of its margin."""
    found = ends.difference(judge.start, judge.every)
    margin = ends.margin(judge.start, judge.every)
    return found.value / margin if margin else np.inf
