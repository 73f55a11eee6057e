"""Greedy leader clustering: which rows a kept row stands for.

Rows come best first. A row is a duplicate if and only if it is near to a row that is kept, and then of the
most similar one, so there are no chains: of A ~ B ~ C with A and C unlike, B goes and A and C stay. Two rows
that a reviewer told apart are near and no duplicates.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from curate.duplicates.comparisons import Comparisons
from curate.duplicates.opposed import Opposition
from curate.duplicates.sides import Divergence, Relation
from curate.similarity.index import NearIndex
from schemas.arrays import Bools, Ints

MOST_COMPARED = 64  # kept rows that one row is compared with, the most similar ones


@dataclass(frozen=True, slots=True)
class Match:
    """`row` is a duplicate of `kept`; `differs` is what differs in a template that both fill, if anything."""

    row: int
    kept: int
    jaccard: float
    differs: Divergence | None


@dataclass(frozen=True, slots=True)
class ToldApart:
    """`row` would be a duplicate of `kept`, had a reviewer not told them apart."""

    row: int
    kept: int
    jaccard: float


@dataclass(frozen=True, slots=True)
class Clusters:
    """Duplicates in order of their rows, and for rows that are none the first kept row that opposes them, or
    that they were told apart from."""

    matches: list[Match]
    contradictions: list[Opposition]
    same_answers: list[Opposition]
    apart: list[ToldApart]


def clusters(
    index: NearIndex,
    comparisons: Comparisons,
    positions: Ints,
    protected: Bools,
    apart: Collection[tuple[int, int]] = (),
) -> Clusters:
    """Rows are those of `index`, and `positions` says where each stands among all rows. A protected row that
    matches is kept and leads too. `apart`: rows that are no duplicates, each pair both ways round."""
    result = Clusters([], [], [], [])
    relation = _Relations(comparisons, positions.tolist(), apart)
    kept: dict[int, list[int]] = defaultdict(list)
    has_kept = np.zeros(len(index), dtype=bool)
    for row in _by_component(index).tolist():
        node = int(index.node_of[row])
        match = _match(row, islice(_leaders(index, node, kept, has_kept), MOST_COMPARED), relation, result)
        if match is not None:
            result.matches.append(match)
        if match is None or protected[row]:
            kept[node].append(row)
            has_kept[node] = True
    for found in (result.matches, result.contradictions, result.same_answers, result.apart):
        found.sort(key=lambda one: one.row)
    return result


def _by_component(index: NearIndex) -> Ints:
    """The rows that are near to any, in order within a component: what a row is a duplicate of stands in
    its component, and so few texts are at hand at a time."""
    rows = np.flatnonzero(index.alike())
    return rows[np.argsort(index.components()[index.node_of[rows]], kind="stable")]


def _leaders(
    index: NearIndex, node: int, kept: Mapping[int, Sequence[int]], has_kept: Bools
) -> Iterator[tuple[int, float]]:
    """Kept rows near to `node`, most similar first; the index is asked only when its own rows are used up."""
    if node in kept:
        yield from ((row, 1.0) for row in kept[node])
    for near, score in index.neighbours(node, has_kept, limit=MOST_COMPARED):
        yield from ((row, score) for row in kept[near])


@dataclass(frozen=True, slots=True)
class _Relations:
    comparisons: Comparisons
    positions: list[int]
    apart: Collection[tuple[int, int]]

    def __call__(self, row: int, other: int) -> tuple[Relation, Divergence | None, Divergence | None]:
        return self.comparisons.relation(self.positions[row], self.positions[other])


def _match(
    row: int, leaders: Iterable[tuple[int, float]], relation: _Relations, result: Clusters
) -> Match | None:
    """The first leader that `row` is a duplicate of; without one, what opposes the row goes to `result`."""
    opposed: dict[str, Opposition] = {}
    apart: ToldApart | None = None
    for leader, score in leaders:
        kind, prompt, answer = relation(row, leader)
        if kind == "unrelated":
            continue
        if kind == "duplicate" and (row, leader) in relation.apart:
            apart = apart or ToldApart(row, leader, score)
            continue
        if kind == "duplicate":
            return Match(row, leader, score, prompt)
        differs = answer or prompt
        assert differs is not None, "sides that do not diverge are duplicates"
        opposed.setdefault(kind, Opposition(row, leader, score, differs))
    if "contradiction" in opposed:
        result.contradictions.append(opposed["contradiction"])
    if "same_answer" in opposed:
        result.same_answers.append(opposed["same_answer"])
    if apart is not None:
        result.apart.append(apart)
    return None
