"""Families: the children that models made of each example, parent after parent."""

import numpy as np

from schemas.example import Example
from tui.model.family import parent_of
from tui.model.review import Review
from tui.model.row_list import RowList


class Families(RowList):
    """Children of one parent stand together, in the order of their parents."""

    def __init__(self, review: Review) -> None:
        corpus = review.corpus
        children = np.flatnonzero(corpus.children)
        parents = corpus.parent_rows[children]
        order = np.argsort(parents, kind="stable")
        self._parents = parents[order]
        super().__init__(review, children[order].astype(np.int64))

    def line(self, at: int) -> str:
        number, size = self.sibling(at)
        branch = "└" if number == size else "├"
        return f"{self._mark(at)} {branch} {self._review.corpus.preview(int(self._rows[at]))}"

    def sibling(self, at: int) -> tuple[int, int]:
        """Which child of its parent it is, from 1, and how many there are."""
        first, end = np.searchsorted(self._parents, [self._parents[at], self._parents[at] + 1])
        return at - int(first) + 1, int(end - first)

    @property
    def parent(self) -> Example | None:
        """Of the child shown; None where it is not in this version."""
        example = self.example
        return parent_of(self._review.corpus, example) if example else None

    def to_family(self, step: int) -> None:
        """To the first child of the next parent, or of the one before."""
        if not len(self):
            return
        here = self._parents[self.cursor.position]
        if step > 0:
            self.cursor.go(int(np.searchsorted(self._parents, here, side="right")))
        else:
            before = int(np.searchsorted(self._parents, here)) - 1
            self.cursor.go(int(np.searchsorted(self._parents, self._parents[max(before, 0)])))
