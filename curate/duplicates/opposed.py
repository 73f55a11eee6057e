"""Rows that share one side and diverge on the other: a question with contradicting answers, or an answer that
stands under different questions.

Work is linear in the rows: rows whose shared side is equal are one `node`, of which only a few that differ on
the other side (its `voices`) are compared with those of the nearest nodes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from curate.duplicates.comparisons import OTHER, Comparisons, Part
from curate.duplicates.sides import Divergence
from curate.similarity.index import NearIndex
from schemas.arrays import Ints

VOICES = 8  # rows of one node that are compared with others
NEAREST = 64  # nodes that one node is compared with, the most similar ones


@dataclass(frozen=True, slots=True)
class Opposition:
    """`row` and `other` share a side with Jaccard `score`, and on the other side `differs` in this way."""

    row: int
    other: int
    score: float
    differs: Divergence


def opposed(index: NearIndex, comparisons: Comparisons, shared: Part, positions: Ints) -> list[Opposition]:
    """Rows whose `shared` side is near to another row's and whose other side diverges from it.

    Rows are positions in `index`, which is over the shared sides; `positions` says where each stands among
    all rows. Each row that is opposed to any stands as `row` once or more, its most similar opponent first;
    all that are opposed are connected.
    """
    order, starts = index.members()
    rows_of = {node: order[starts[node] : starts[node + 1]].tolist() for node in index.by_component()}
    voices: dict[int, list[int]] = {}
    found: dict[int, list[Opposition]] = {}
    sides = _Sides(comparisons, positions.tolist(), shared)

    def voices_of(node: int) -> list[int]:
        if node not in voices:
            voices[node] = _voices(rows_of[node], sides)
        return voices[node]

    for node, rows in rows_of.items():
        rivals = [(voices_of(node), 1.0)]
        for near, score in index.neighbours(node, limit=NEAREST):
            if sides.shared_diverge(rows[0], rows_of[near][0]) is None:
                rivals.append((voices_of(near), score))
        found[node] = [
            opposition
            for row in rows
            for opposition in islice(_oppositions(row, rivals, sides), None if row in voices_of(node) else 1)
        ]
    return [opposition for node in sorted(found) for opposition in found[node]]


@dataclass(frozen=True, slots=True)
class _Sides:
    """Comparisons of rows of the index. Which side is the prompt is all the same."""

    comparisons: Comparisons
    positions: list[int]
    shared: Part

    def shared_diverge(self, row: int, other: int) -> Divergence | None:
        return self.comparisons.divergence(self.shared, self.positions[row], self.positions[other])

    def others_diverge(self, row: int, other: int) -> Divergence | None:
        return self.comparisons.divergence(OTHER[self.shared], self.positions[row], self.positions[other])

    def are_opposed(self, row: int, other: int) -> bool:
        """Of two that diverge on the other side. Texts of one node can have other operators."""
        a, b = self.positions[row], self.positions[other]
        if self.comparisons.divergence(self.shared, a, b) == "operators":
            return False
        return not self.comparisons.of_different_things(a, b)


def _voices(rows: Sequence[int], sides: _Sides) -> list[int]:
    """The first rows of a node that diverge from each other."""
    voices: list[int] = []
    for row in rows:
        if len(voices) == VOICES:
            break
        if all(sides.others_diverge(row, voice) for voice in voices):
            voices.append(row)
    return voices


def _oppositions(
    row: int, rivals: Sequence[tuple[Sequence[int], float]], sides: _Sides
) -> Iterator[Opposition]:
    """The first one in each node of `rivals`."""
    for voices, score in rivals:
        for rival in voices:
            differs = sides.others_diverge(row, rival)
            if differs is not None and sides.are_opposed(row, rival):
                yield Opposition(row, rival, score, differs)
                break
