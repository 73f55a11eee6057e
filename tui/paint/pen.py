"""What writes on a terminal and remembers where it stands and how it writes, from one paint to the next, so
that it sends little: the shortest way to the next place, of colours and attributes what changes, blanks as an
erasure.

Erased cells get the ground that is in force only where the terminal has `bce` (terminfo); elsewhere blanks
are sent.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from tui.paint.cells import Cell, Look, turning
from tui.paint.terminal import Able
from tui.paint.ways import Place, Stops, shortest, usual_stops

_FEW = 4  # blanks that are shorter than what erases them
_SKIPPED = 9  # blanks that are shorter than what erases them and goes on behind
_PLAIN = Look()
AS_FOUND = "\x1b[m"  # takes all colours and attributes back


class Pen:
    """Writes on one terminal, which nothing else does meanwhile. At first it is not known where and how."""

    def __init__(self, able: Able) -> None:
        self.width = 0  # of the terminal
        self._able = able
        self._stops = Stops(able=able.stops)
        self._sent: list[str] = []
        self._at: Place | None = None
        self._look: Look | None = None

    @property
    def look(self) -> Look | None:
        """What is in force; None where that is not known."""
        return self._look

    def put_down(self) -> str:
        """What is to be sent before another program has the terminal: it finds that as it was."""
        return (usual_stops(self.width) if self._stops.changed else "") + AS_FOUND

    def taken(self) -> str:
        """What is to be sent of it by now; the next begins behind that."""
        sent = "".join(self._sent)
        self._sent.clear()
        return sent

    def forget(self) -> None:
        """Something else has written there."""
        self._at = self._look = None
        self._stops.forget()

    def begin(self, columns: Iterable[int]) -> None:
        """A paint, of which lines begin in these columns."""
        self._sent.append(self._stops.begin(columns))

    def stop_before(self, column: int) -> int | None:
        return self._stops.before(column)

    def write(self, x: int, y: int, cells: Iterable[Cell], *, sure: bool = True) -> None:
        """From that cell on. Where not every terminal agrees how wide the text is, what follows it is gone to
        anew."""
        self.go(x, y)
        runs = [(look, "".join(map(itemgetter(0), run))) for look, run in groupby(cells, itemgetter(1))]
        for index, (look, text) in enumerate(runs):
            if self._look is None or not self._look.shows(look):
                self._turn(look)
            if look.bare and sure:
                self._blank(len(text), look, more=index + 1 < len(runs))
            else:
                self._sent.append(text)
                if sure:
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
        assert x is not None
        if not (self._able.erases or not look.ground) or cells < (_SKIPPED if more else _FEW):
            self._sent.append(" " * cells)
            self._advance(cells)
        elif x + cells == self.width:
            self._sent.append("\x1b[K")
        else:
            self._sent.append(f"\x1b[{cells}X")
            if more:
                self.go(x + cells, y)

    def _advance(self, cells: int) -> None:
        assert self._at is not None
        x, y = self._at
        assert x is not None
        if x + cells < self.width:
            self._at = x + cells, y
        else:  # behind the last cell terminals differ in where they stand
            self._at = (None, y) if self._able.stops else None

    def go(self, x: int, y: int) -> None:
        if self._at != (x, y):
            self._sent += [shortest(self._at, (x, y), self._stops), self._stops.reached(x)]
            self._at = (x, y)
