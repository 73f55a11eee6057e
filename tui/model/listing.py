"""A list with a place in it: what the screens beside the review queue have in common."""

from itertools import chain
from typing import Protocol

import numpy as np

from tui.model.corpus import Mask
from tui.model.outcome import Outcome

_KEPT = 2  # lines of a page that the next one begins with


def first_line(first: int, height: int, position: int) -> int:
    """Of a list on a screen of that height, the line at the top when the cursor is at `position` and `first`
    was: the same while the cursor is among those shown, then over by a page, in the middle after a leap."""
    if first <= position < first + height:
        return first
    kept = min(_KEPT, height // 4)
    if first + height <= position < first + 2 * height:
        return position - kept
    if first - height <= position < first:
        return max(0, position - (height - 1 - kept))
    return max(0, position - height // 2)


class Lines(Protocol):
    """What a list shows: a line each, and whether nothing waits there any more."""

    def __len__(self) -> int: ...

    def line(self, at: int) -> str:
        """Plain text, not yet gated."""
        ...

    def done(self, at: int) -> bool: ...


class Unmoved:
    """A list that decisions and undo leave where it is."""

    def refresh(self) -> None:
        """Nothing here follows decisions, or it is made anew when anything changes."""

    def followed(self, outcome: Outcome) -> Outcome:
        return outcome


class Cursor:
    """A position among `length` lines, from 0; 0 where there are none."""

    def __init__(self, length: int = 0) -> None:
        self.length = length
        self.position = 0

    def go(self, position: int) -> None:
        """To that position, or the nearest there is."""
        self.position = max(0, min(position, self.length - 1))

    def to_next(self, waiting: Mask) -> bool:
        """To the next other line that waits, round the end. False where there is none; then nothing moved."""
        others = np.flatnonzero(np.roll(waiting, -self.position - 1)[:-1])
        if len(others):
            self.go((self.position + 1 + int(others[0])) % self.length)
        return len(others) > 0

    def resize(self, length: int) -> None:
        self.length = length
        self.go(self.position)


class WithPlace(Lines, Protocol):
    @property
    def cursor(self) -> Cursor: ...


def to_next_open(listed: WithPlace) -> Outcome | None:
    """To the next other line that is not done, round the end; an outcome only where there is none."""
    here, end = listed.cursor.position, len(listed)
    at = next((at for at in chain(range(here + 1, end), range(here)) if not listed.done(at)), None)
    if at is None:
        return Outcome("nothing else waits here")
    listed.cursor.go(at)
    return None
