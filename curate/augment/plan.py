"""Which children are wanted: of whom, by which strategy, how many in all. It holds places, and no texts."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from curate.augment.self_instruct import SeedRing
from curate.augment.strategy import Strategy, Wanted
from schemas import recipe
from schemas.example import Example
from schemas.stage import Rows

TRAIN = "train"
SMALL = 1000  # train rows
_BATCH = 2048  # rows whose texts are looked at together


@dataclass(frozen=True, slots=True)
class Place:
    """A child wanted, and the strategy that makes it: number `sample` (from 0) of the row `parent`. `beside`
    are the rows shown with it."""

    strategy: Strategy
    parent: int
    parent_id: str
    sample: int
    beside: tuple[int, ...] = ()

    def wanted(self, examples: Mapping[int, Example]) -> Wanted:
        """The same with the texts, of `examples` by row."""
        beside = tuple(examples[row] for row in self.beside)
        return Wanted(examples[self.parent], self.sample, beside)


@dataclass(slots=True)
class Plan:
    """`obstacles` are (parent, reason), each once; `over_share` counts children that `max_share` left out of
    `train_rows` and what is wanted for them."""

    places: list[Place] = field(default_factory=list)
    obstacles: dict[tuple[str, str], None] = field(default_factory=dict)
    train_rows: int = 0
    over_share: int = 0


def plan(rows: Rows, strategies: Sequence[Strategy], settings: recipe.Augment) -> Plan:
    """Reads the train rows once, or twice where a strategy is shown other rows. Only train rows that are no
    children themselves are parents; places stand parent by parent, in the order of the rows."""
    train = np.flatnonzero(rows.column("split") == TRAIN.encode())
    made = Plan(train_rows=len(train))
    ring = _ring(rows, train) if any(s.beside for s in strategies) else None
    for row, parent in _parents(rows, train):
        made.places += _of(row, parent, strategies, ring, settings.max_per_parent, made.obstacles)
    if settings.max_share is not None:
        most = int(made.train_rows * settings.max_share / (1 - settings.max_share))
        made.over_share = max(0, len(made.places) - most)
        made.places = _first(made.places, most)
    return made


def advice(made: Plan) -> str | None:
    """What to expect of few rows; None where there are enough, or none."""
    if not 0 < made.train_rows < SMALL:
        return None
    times = 1 + len(made.places) / made.train_rows
    return (
        f"{made.train_rows:,} train rows become up to {times:.1f} times as many. What that buys with few "
        "rows: in text classification, half of the data, augmented, did as well as all of it (Wei and Zou "
        "2019), and rewriting by an LLM was worth its price with very few rows only (Cegin et al. 2024). "
        "Rewordings teach new wordings, not new facts: train with and without, and compare by `train audit`"
    )


def _parents(rows: Rows, train: npt.NDArray[np.int64]) -> Iterator[tuple[int, Example]]:
    for start in range(0, len(train), _BATCH):
        batch = train[start : start + _BATCH]
        for row, example in zip(batch.tolist(), rows.take(batch), strict=True):
            if example.parent_id is None:
                yield row, example


def _ring(rows: Rows, train: npt.NDArray[np.int64]) -> SeedRing:
    ring = SeedRing()
    for row, parent in _parents(rows, train):
        ring.add(row, parent)
    return ring


def _of(
    row: int,
    parent: Example,
    strategies: Sequence[Strategy],
    ring: SeedRing | None,
    most: int | None,
    obstacles: dict[tuple[str, str], None],
) -> list[Place]:
    """The children of one parent: with a limit, first one of each strategy, then the second of each."""
    found: list[Place] = []
    for strategy in strategies:
        for sample in range(strategy.children):
            seeds = ring.beside(parent, sample, strategy.beside) if ring and strategy.beside else ()
            obstacle = strategy.obstacle(Wanted(parent, sample), [seed.size for seed in seeds])
            if obstacle is None:
                beside = tuple(seed.row for seed in seeds)
                found.append(Place(strategy, row, parent.example_id, sample, beside))
            else:
                obstacles[parent.example_id, obstacle] = None
    if most is None or len(found) <= most:
        return found
    chosen = sorted(range(len(found)), key=lambda at: (found[at].sample, at))[:most]
    return [found[at] for at in sorted(chosen)]


def _first(places: list[Place], most: int) -> list[Place]:
    """So many of the places, spread over all parents by a hash: which ones does not depend on the order."""
    chosen = sorted(range(len(places)), key=lambda at: _rank(places[at]))[:most]
    return [places[at] for at in sorted(chosen)]


def _rank(place: Place) -> tuple[int, str]:
    named = f"{place.parent_id}/{place.strategy.name}/{place.sample}"
    return place.sample, hashlib.sha256(named.encode()).hexdigest()
