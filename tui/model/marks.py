"""Rows that an annotator picked out, to decide them all at once."""

import numpy as np

from tui.model.corpus import Mask, Rows


class Marks:
    """Of `n` rows, none at first."""

    def __init__(self, n: int) -> None:
        self._marked = np.zeros(n, dtype=np.bool_)
        self._latest: int | None = None
        self.count = 0

    def __contains__(self, row: int) -> bool:
        return bool(self._marked[row])

    @property
    def rows(self) -> Rows:
        return np.flatnonzero(self._marked)

    @property
    def mask(self) -> Mask:
        """A copy."""
        return self._marked.copy()

    def toggle(self, row: int) -> bool:
        """Whether it is marked now."""
        self._marked[row] = not self._marked[row]
        self._latest = row if self._marked[row] else None
        self.count = int(np.count_nonzero(self._marked))
        return bool(self._marked[row])

    def mark(self, rows: Rows, *, wanted: bool = True) -> None:
        """These rows too, or no more where not `wanted`."""
        self._marked[rows] = wanted
        self._latest = None
        self.count = int(np.count_nonzero(self._marked))

    @property
    def latest(self) -> int | None:
        """The row from which a range would be marked: the one marked last, alone."""
        return self._latest

    def clear(self) -> None:
        self.mark(self.rows, wanted=False)
