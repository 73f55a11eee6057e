"""Connected rows: disjoint sets, and joining all texts that near pairs connect."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from schemas.arrays import Ints

if TYPE_CHECKING:
    from curate.similarity.index import NearIndex


class Components:
    """Sets of row positions. The root of a set is its lowest position: the row imported first."""

    def __init__(self, size: int) -> None:
        self._parent = np.arange(size)

    def root(self, row: int) -> int:
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = int(parent[row])
        return row

    def roots(self) -> Ints:
        """The root of every row."""
        while True:
            above = self._parent[self._parent]
            if np.array_equal(above, self._parent):
                return above
            self._parent = above

    def join(self, a: int, b: int) -> None:
        a, b = sorted((self.root(a), self.root(b)))
        self._parent[b] = a

    def join_pairs(self, left: Ints, right: Ints) -> None:
        """Joins each row of `left` with the row beside it in `right`."""
        left, right = self.roots()[left], self.roots()[right]
        while len(left):
            low, high = np.minimum(left, right), np.maximum(left, right)
            np.minimum.at(self._parent, high, low)
            roots = self.roots()
            left, right = roots[low], roots[high]
            apart = left != right
            left, right = left[apart], right[apart]

    def join_near(self, index: "NearIndex", positions: Sequence[int] | Ints) -> None:
        """Joins the rows of all texts of `index` that near pairs connect; `positions` are the texts' rows."""
        rows = np.asarray(positions, dtype=np.int64)
        first = np.zeros(len(index), dtype=np.int64)
        first[index.node_of[::-1]] = rows[::-1]  # the first row of each node
        spoken = index.spoken[index.node_of]
        self.join_pairs(first[index.node_of[spoken]], rows[spoken])
        self.join_pairs(first[index.pairs.left], first[index.pairs.right])
