"""A list with a place in it: what the screens beside the review queue have in common."""

from typing import Protocol

import numpy as np

from tui.model.corpus import Mask


class Lines(Protocol):
    """What a list shows: a line each, and whether nothing waits there any more."""

    def __len__(self) -> int: ...

    def line(self, at: int) -> str:
        """Plain text, not yet gated."""
        ...

    def done(self, at: int) -> bool: ...


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
