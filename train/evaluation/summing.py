"""What marks add up to: figures of systems, differences of pairs, all of it and by slice, with intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from schemas.evaluation import Comparison, Contrast, Figure, Slice
from train.evaluation.marking import Flags, Marked
from train.evaluation.metrics.catalogue import LOWER_IS_BETTER, Metric
from train.evaluation.resampling import FEWEST_GROUPS, by_group, interval, resampled
from train.evaluation.slicing import slices

Names = NDArray[np.object_]
_SAME = 1e-9  # values this close are a tie


@dataclass(frozen=True, slots=True)
class Summer:
    """Figures of one marked set; `seed` draws the groups."""

    marked: Marked
    seed: int

    def figures(self, system: str) -> tuple[Figure, ...]:
        """Of one system over all that it answered."""
        metrics = self.marked.metrics
        marks = [self.marked.marks[system, metric.name] for metric in metrics]
        drawn = _draws([mark.statistics for mark in marks], self._groups, self.seed)
        found = []
        for metric, mark, sums in zip(metrics, marks, drawn, strict=True):
            bounds = interval(metric.score(sums)) if sums is not None else None
            found.append(
                Figure(
                    metric=metric.name,
                    value=_one(metric, mark.statistics),
                    low=bounds.low if bounds else None,
                    high=bounds.high if bounds else None,
                    examples=int(mark.there.sum()),
                )
            )
        return tuple(found)

    def compare(self, first: str, second: str) -> Comparison:
        """`second` against `first`, over what both have."""
        everything = np.ones(len(self._groups), dtype=bool)
        return Comparison(
            first=first,
            second=second,
            contrasts=self._contrasts(first, second, everything),
            slices=tuple(self._slices(first, second)),
        )

    def _slices(self, first: str, second: str) -> Iterator[Slice]:
        for found in slices(self.marked.sat):
            yield Slice(
                by=found.by,
                value=found.value,
                examples=int(found.items.sum()),
                groups=len(set(self._groups[found.items])),
                contrasts=self._contrasts(first, second, found.items),
            )

    def _contrasts(self, first: str, second: str, chosen: Flags) -> tuple[Contrast, ...]:
        metrics = self.marked.metrics
        pairs = [(self.marked.marks[first, m.name], self.marked.marks[second, m.name]) for m in metrics]
        both = [a.there & b.there & chosen for a, b in pairs]
        blocks = [
            np.hstack([a.statistics * there[:, None], b.statistics * there[:, None]])[chosen]
            for (a, b), there in zip(pairs, both, strict=True)
        ]
        drawn = _draws(blocks, self._groups[chosen], self.seed)
        found = []
        for metric, (a, b), there, block, sums in zip(metrics, pairs, both, blocks, drawn, strict=True):
            one, two = _one(metric, block[:, : metric.width]), _one(metric, block[:, metric.width :])
            bounds = interval(_difference(metric, sums)) if sums is not None else None
            wins, losses, ties = _won(metric, a.values[there], b.values[there])
            found.append(
                Contrast(
                    metric=metric.name,
                    first=one,
                    second=two,
                    difference=two - one if one is not None and two is not None else None,
                    low=bounds.low if bounds else None,
                    high=bounds.high if bounds else None,
                    wins=wins,
                    losses=losses,
                    ties=ties,
                    examples=int(there.sum()),
                )
            )
        return tuple(found)

    @property
    def _groups(self) -> Names:
        names = self.marked.sat.set.groups
        return np.array([names[item.example.example_id] for item in self.marked.sat.items], dtype=object)


def _draws(blocks: Sequence[Floats], groups: Names, seed: int) -> list[Floats | None]:
    """The sums of each block over drawn groups, (RESAMPLES, width), all blocks on the same draws; None for a
    block that stands in too few groups."""
    standing = (set(groups[block.any(axis=1)]) for block in blocks)
    enough = [len(found) >= FEWEST_GROUPS for found in standing]
    if not any(enough):
        return [None] * len(blocks)
    sums = by_group(np.hstack(blocks), groups)
    drawn = np.concatenate(list(resampled(sums, seed)))
    parts = np.split(drawn, np.cumsum([block.shape[1] for block in blocks])[:-1], axis=1)
    return [part if usable else None for part, usable in zip(parts, enough, strict=True)]


def _difference(metric: Metric, sums: Floats) -> Floats:
    difference: Floats = metric.score(sums[:, metric.width :]) - metric.score(sums[:, : metric.width])
    return difference


def _one(metric: Metric, statistics: Floats) -> float | None:
    """The figure of all rows; None where there is nothing to compute it from."""
    if not len(statistics):
        return None
    value = float(metric.score(statistics.sum(axis=0, keepdims=True))[0])
    return value if np.isfinite(value) else None


def _won(metric: Metric, first: Floats, second: Floats) -> tuple[int | None, int | None, int | None]:
    """How often the second is better, worse and as good, answer by answer."""
    if np.isnan(first).any() or np.isnan(second).any():
        return None, None, None  # a metric of sets
    better = first - second if metric.name in LOWER_IS_BETTER else second - first
    wins, losses = int((better > _SAME).sum()), int((better < -_SAME).sum())
    return wins, losses, len(better) - wins - losses
