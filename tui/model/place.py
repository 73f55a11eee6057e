"""A place in an ordered list of rows."""

import numpy as np

from tui.model.corpus import Mask, Rows


class Place:
    """`order` are rows of a corpus; `position` counts from 0 and is 0 in an empty order."""

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
        at = np.flatnonzero(self.order == row)
        return int(at[0]) if len(at) else None

    def go(self, position: int) -> None:
        """To that position, or the nearest there is."""
        self.position = max(0, min(position, len(self.order) - 1))

    def go_to_row(self, row: int) -> bool:
        """False where the row is not in the order; then nothing moved."""
        position = self.position_of(row)
        if position is not None:
            self.position = position
        return position is not None

    def go_to_next(self, wanted: Mask, *, back: bool = False) -> bool:
        """To the nearest other row that `wanted` holds after this one (before it, `back`), going round at the
        end. False when there is none; then nothing moved."""
        at = np.flatnonzero(wanted[self.order])
        at = at[at != self.position]
        if not len(at):
            return False
        beyond = at[at < self.position][::-1] if back else at[at > self.position]
        round_again = at[::-1] if back else at
        self.position = int((beyond if len(beyond) else round_again)[0])
        return True

    def go_to_first(self, wanted: Mask) -> None:
        """To the first row that `wanted` holds, or to the top."""
        at = np.flatnonzero(wanted[self.order])
        self.position = int(at[0]) if len(at) else 0
