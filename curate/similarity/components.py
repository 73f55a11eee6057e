"""Connected rows: disjoint sets, and joining all texts that near pairs connect."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curate.similarity.index import NearIndex

_MOST_ALIKE = 16  # nodes joined before the others are asked for


class Components:
    """Sets of row positions. The root of a set is its lowest position: the row imported first."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, row: int) -> int:
        while self._parent[row] != row:
            self._parent[row] = row = self._parent[self._parent[row]]
        return row

    def join(self, a: int, b: int) -> None:
        a, b = sorted((self.root(a), self.root(b)))
        self._parent[b] = a

    def join_equal(self, keys: Iterable[tuple[int, Hashable]]) -> None:
        """Joins the rows that have the same key."""
        first: dict[Hashable, int] = {}
        for row, key in keys:
            self.join(first.setdefault(key, row), row)

    def join_near(self, index: "NearIndex", positions: Sequence[int]) -> None:
        """Joins the rows of all texts of `index` that near pairs connect; `positions` are the texts' rows.

        The nodes most alike come first and pairs within one component are not looked at again, so that a
        cluster of n texts costs about n verifications.
        """
        import numpy as np

        rows: list[list[int]] = [[] for _ in range(len(index))]
        for row, node in zip(positions, index.node_of, strict=True):
            rows[node].append(row)
        label = np.arange(len(index))
        members = {node: [node] for node in range(len(index))}
        earlier = np.zeros(len(index), dtype=bool)
        for node, equal in enumerate(rows):
            if index.empty(node):
                continue
            for row in equal[1:]:
                self.join(equal[0], row)
            for limit in (_MOST_ALIKE, None):
                for other, _ in index.neighbours(node, earlier & (label != label[node]), limit):
                    self.join(rows[other][0], equal[0])
                    into, gone = int(label[other]), int(label[node])
                    if into == gone:
                        continue
                    if len(members[into]) < len(members[gone]):
                        into, gone = gone, into
                    label[members[gone]] = into
                    members[into] += members.pop(gone)
            earlier[node] = True
