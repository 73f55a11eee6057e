"""What writes on a terminal and remembers where it stands and how it writes, so that it sends little: the
shortest way to the next place, of colours and attributes what changes, blanks as an erasure.

Erased cells get the ground that is in force only where the terminal has `bce` (terminfo); elsewhere blanks
are sent. All of it is ECMA-48, which every terminal of the last thirty years understands.
"""

import curses
import os
import sys
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from operator import itemgetter

from tui.cells import Cell, Look, turning

_FEW = 4  # blanks that are shorter than what erases them
_SKIPPED = 9  # blanks that are shorter than what erases them and goes on behind
_PLAIN = Look()


@cache
def erases_in_colour() -> bool:
    """Whether this terminal erases in the colour in force."""
    try:
        curses.setupterm(os.environ.get("TERM", ""), sys.__stdout__.fileno() if sys.__stdout__ else -1)
    except (curses.error, OSError):  # a terminal that is not known, or none
        return False
    return curses.tigetflag("bce") > 0


class Pen:
    """Writes one update. What is in force before it is not taken as known, and nothing is after it."""

    def __init__(self, width: int, *, erases: bool) -> None:
        self._width = width
        self._erases = erases
        self._sent: list[str] = []
        self._at: tuple[int, int] | None = None  # column and line
        self._look: Look | None = None

    @property
    def sent(self) -> str:
        """All of it, with colours and attributes taken back at the end."""
        return "".join([*self._sent, *([turning(self._look, _PLAIN)] if self._look is not None else [])])

    def write(self, x: int, y: int, cells: Iterable[Cell], *, sure: bool = True) -> None:
        """From that cell on. Where not every terminal agrees how wide the text is, what follows it is gone to
        anew."""
        self._go(x, y)
        runs = [(look, "".join(map(itemgetter(0), run))) for look, run in groupby(cells, itemgetter(1))]
        for index, (look, text) in enumerate(runs):
            if self._look is None or not self._look.shows(look):
                self._turn(look)
            if look.bare and sure:
                self._blank(len(text), look, more=index + 1 < len(runs))
            else:
                self._sent.append(text)
                self._advance(len(text))
        if not sure:
            self._at = None

    def _turn(self, look: Look) -> None:
        if look.bare:
            look = (self._look or _PLAIN).turned_bare(look.ground)
        self._sent.append(turning(self._look, look))
        self._look = look

    def _blank(self, cells: int, look: Look, *, more: bool) -> None:
        assert self._at is not None
        x, y = self._at
        if not (self._erases or not look.ground) or cells < (_SKIPPED if more else _FEW):
            self._sent.append(" " * cells)
            self._advance(cells)
        elif x + cells == self._width:
            self._sent.append("\x1b[K")
        else:
            self._sent.append(f"\x1b[{cells}X")
            if more:
                self._go(x + cells, y)

    def _advance(self, cells: int) -> None:
        if self._at is not None:
            x, y = self._at
            # behind the last cell terminals differ in where they stand
            self._at = (x + cells, y) if x + cells < self._width else None

    def _go(self, x: int, y: int) -> None:
        if self._at != (x, y):
            self._sent.append(min(_ways(self._at, x, y), key=len))
            self._at = (x, y)


def _ways(at: tuple[int, int] | None, x: int, y: int) -> Iterable[str]:
    yield f"\x1b[{y + 1 if y else ''}{f';{x + 1}' if x else ''}H"
    if at is None:
        return
    right, down = x - at[0], y - at[1]
    across = ["\r"] if not x else []
    if right:
        across += [f"\x1b[{x + 1}G", f"\x1b[{_times(abs(right))}{'C' if right > 0 else 'D'}"]
    if not down:
        yield from across
    elif abs(down) <= 1:
        vertical = "\x1bD" if down > 0 else "\x1bM"  # one down, one up: a line feed might return, too
        yield from (f"{vertical}{way}" for way in across or [""])
    else:
        yield from (f"\x1b[{abs(down)}{'B' if down > 0 else 'A'}{way}" for way in across or [""])


def _times(number: int) -> str:
    return str(number) if number > 1 else ""
