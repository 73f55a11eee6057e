"""A place in an ordered list of rows. A move costs what it passes over, not what the list holds."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tui.model.corpus import ABSENT, Mask, Rows

Wanted = Callable[[Rows], Mask]  # of these rows, which
_FEW = 1024  # positions looked at first; then twice as many, and so on


class Place:
    """`order` are rows of a corpus, each once; `position` counts from 0 and is 0 in an empty order."""

    def __init__(self, order: Rows, shown: int | None = None) -> None:
        """At the row `shown` where it is among them, else at the top."""
        self.order = order
        self.position = 0
        if shown is not None:
            self.go_to_row(shown)

    def __len__(self) -> int:
        return len(self.order)

    @property
    def row(self) -> int | None:
        return int(self.order[self.position]) if len(self.order) else None

    def position_of(self, row: int) -> int | None:
        if not 0 <= row < len(self._positions):
            return None
        position = int(self._positions[row])
        return None if position == ABSENT else position

    def go(self, position: int) -> None:
        """To that position, or the nearest there is."""
        self.position = max(0, min(position, len(self.order) - 1))

    def go_round(self, steps: int) -> None:
        """On by so many positions, round at the end."""
        self.position = (self.position + steps) % max(1, len(self.order))

    def go_to_row(self, row: int) -> bool:
        """False where the row is not in the order; then nothing moved."""
        position = self.position_of(row)
        if position is not None:
            self.position = position
        return position is not None

    def go_to_next(self, wanted: Wanted, *, back: bool = False) -> bool:
        """To the nearest other row that is `wanted` after this one (before it, `back`), going round at the
        end. False when there is none; then nothing moved."""
        here, end = self.position, len(self.order)
        ahead, behind = (here + 1, end), (0, here)
        for start, stop in (behind, ahead) if back else (ahead, behind):
            found = self._nearest(wanted, start, stop, back=back)
            if found is not None:
                self.position = found
                return True
        return False

    def go_to_first(self, wanted: Wanted) -> None:
        """To the first row that is `wanted`, or to the top."""
        self.position = self._nearest(wanted, 0, len(self.order)) or 0

    def _nearest(self, wanted: Wanted, start: int, stop: int, *, back: bool = False) -> int | None:
        """The first position from `start` to `stop` that is wanted, or the last, `back`."""
        size = _FEW
        while start < stop:
            low, high = (max(start, stop - size), stop) if back else (start, min(stop, start + size))
            at = np.flatnonzero(wanted(self.order[low:high]))
            if len(at):
                return low + int(at[-1 if back else 0])
            start, stop = (start, low) if back else (high, stop)
            size *= 2
        return None

    @cached_property
    def _positions(self) -> NDArray[np.int32]:
        """The position of each row, or ABSENT."""
        highest = int(self.order.max()) if len(self.order) else -1
        positions = np.full(highest + 1, ABSENT, dtype=np.int32)
        positions[self.order] = np.arange(len(self.order), dtype=np.int32)
        return positions
