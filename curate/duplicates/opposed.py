"""Rows that share one side and diverge on the other: a question with contradicting answers, or an answer that
stands under different questions.

Work is linear in the rows: rows whose shared side is equal are one `node`, of which only a few that differ on
the other side (its `voices`) are compared with those of the nearest nodes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from curate.duplicates.sides import Divergence, Side, Sides, divergence, of_different_things
from curate.similarity.index import NearIndex

VOICES = 8  # rows of one node that are compared with others
NEAREST = 64  # nodes that one node is compared with, the most similar ones


@dataclass(frozen=True, slots=True)
class Opposition:
    """`row` and `other` share a side with Jaccard `score`, and on the other side `differs` in this way."""

    row: int
    other: int
    score: float
    differs: Divergence


def opposed(
    index: NearIndex, shared: Callable[[int], Side], other: Callable[[int], Side]
) -> list[Opposition]:
    """Rows whose `shared` side is near to another row's and whose `other` side diverges from it.

    Rows are positions in `index`, which is over the shared sides; sides are asked for where it has
    something near. Each row that is
    opposed to any stands as `row` once or more, its most similar opponent first; all that are opposed are
    connected.
    """
    order, starts = index.members()
    rows_of = {node: order[starts[node] : starts[node + 1]].tolist() for node in index.by_component()}
    voices: dict[int, list[int]] = {}
    found: dict[int, list[Opposition]] = {}

    def voices_of(node: int) -> list[int]:
        if node not in voices:
            voices[node] = _voices(rows_of[node], other)
        return voices[node]

    for node, rows in rows_of.items():
        rivals = [(voices_of(node), 1.0)]
        for near, score in index.neighbours(node, limit=NEAREST):
            if divergence(shared(rows[0]), shared(rows_of[near][0])) is None:
                rivals.append((voices_of(near), score))
        found[node] = [
            opposition
            for row in rows
            for opposition in islice(
                _oppositions(row, rivals, shared, other), None if row in voices_of(node) else 1
            )
        ]
    return [opposition for node in sorted(found) for opposition in found[node]]


def _voices(rows: Sequence[int], other: Callable[[int], Side]) -> list[int]:
    """The first rows of a node that diverge from each other."""
    voices: list[int] = []
    for row in rows:
        if len(voices) == VOICES:
            break
        if all(divergence(other(row), other(voice)) for voice in voices):
            voices.append(row)
    return voices


def _oppositions(
    row: int,
    rivals: Sequence[tuple[Sequence[int], float]],
    shared: Callable[[int], Side],
    other: Callable[[int], Side],
) -> Iterator[Opposition]:
    """The first one in each node of `rivals`. Which side is the prompt is all the same."""
    for voices, score in rivals:
        for rival in voices:
            differs = divergence(other(row), other(rival))
            if differs is not None and not of_different_things(
                Sides(shared(row), other(row)), Sides(shared(rival), other(rival))
            ):
                yield Opposition(row, rival, score, differs)
                break
