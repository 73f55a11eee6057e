"""Which children are wanted: of whom, by which strategy, how many in all."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from curate.augment.self_instruct import SeedRing
from curate.augment.strategy import Strategy, Wanted
from schemas import recipe
from schemas.example import Example

TRAIN = "train"
SMALL = 1000  # train rows


@dataclass(frozen=True, slots=True)
class Place:
    """A child wanted, and the strategy that makes it."""

    strategy: Strategy
    wanted: Wanted


@dataclass(slots=True)
class Plan:
    """`obstacles` are (parent, reason), each once; `over_share` counts children that `max_share` left out of
    `train_rows` and what is wanted for them."""

    places: list[Place] = field(default_factory=list)
    obstacles: dict[tuple[str, str], None] = field(default_factory=dict)
    train_rows: int = 0
    over_share: int = 0


def plan(rows: Iterable[Example], strategies: Sequence[Strategy], settings: recipe.Augment) -> Plan:
    """Reads `rows` once. Only train rows that are no children themselves are parents; places stand parent by
    parent, in the order of the rows."""
    made = Plan()
    parents = []
    for row in rows:
        if row.split == TRAIN:
            made.train_rows += 1
            if row.parent_id is None:
                parents.append(row)
    ring = SeedRing(parents) if any(s.beside for s in strategies) else None
    for parent in parents:
        made.places += _of(parent, strategies, ring, settings.max_per_parent, made.obstacles)
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


def _of(
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
            wanted = Wanted(parent, sample)
            if ring is not None and strategy.beside:
                wanted = replace(wanted, beside=ring.beside(parent, sample, strategy.beside))
            obstacle = strategy.obstacle(wanted)
            if obstacle is None:
                found.append(Place(strategy, wanted))
            else:
                obstacles[parent.example_id, obstacle] = None
    if most is None or len(found) <= most:
        return found
    chosen = sorted(range(len(found)), key=lambda at: (found[at].wanted.sample, at))[:most]
    return [found[at] for at in sorted(chosen)]


def _first(places: list[Place], most: int) -> list[Place]:
    """So many of the places, spread over all parents by a hash: which ones does not depend on the order."""
    chosen = sorted(range(len(places)), key=lambda at: _rank(places[at]))[:most]
    return [places[at] for at in sorted(chosen)]


def _rank(place: Place) -> tuple[int, str]:
    wanted = place.wanted
    named = f"{wanted.parent.example_id}/{place.strategy.name}/{wanted.sample}"
    return wanted.sample, hashlib.sha256(named.encode()).hexdigest()
