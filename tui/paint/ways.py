"""The shortest way over the screen to where something is to be written, in codes of ECMA-48 that every
terminal of the last thirty years understands.

Most of what is painted are lines of text below one another, which begin in the same column. A tab stop there
makes a way of three bytes of one of seven: to the next line, and on to the stop.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import nlargest

Place = tuple[int | None, int]  # column, where that is known, and line, from 0
NO_STOPS = "\x1b[3g"
SET_STOP = "\x1bH"
_USUAL = 8  # columns between two stops of a terminal that nobody has changed
_BACKSPACES = 3  # shorter than what goes back by a number
_AT_ONCE = 4  # lines of one paint that count for the habit
_KEPT = 0.75  # of the habit from one paint to the next
_WORTH = 10.0  # of it, for a stop
_MOST = 4  # stops: each stands in the way of those behind it


class Stops:
    """The tab stops of a terminal: where the paints of late began their lines. `able`: it has stops."""

    def __init__(self, *, able: bool) -> None:
        self._able = able
        self._habit: dict[int, float] = {}
        self._known = False  # before, they are the terminal's own
        self._set: set[int] = set()
        self._wanted: set[int] = set()

    @property
    def changed(self) -> bool:
        return self._known

    def forget(self) -> None:
        """Something else may have changed them."""
        self._known = False
        self._set.clear()

    def begin(self, columns: Iterable[int]) -> str:
        """A paint begins, with lines in these columns; what is to be sent first."""
        if not self._able:
            return ""
        lines = Counter(columns)
        self._habit = {
            column: worth
            for column in self._habit.keys() | lines.keys()
            if column and (worth := self._habit.get(column, 0) * _KEPT + min(lines[column], _AT_ONCE)) > 1
        }
        best = nlargest(_MOST, self._habit, key=self._habit.__getitem__)
        self._wanted = {column for column in best if self._habit[column] > _WORTH}
        if not self._wanted or (self._known and len(self._set | self._wanted) <= _MOST):
            return ""
        self._set.clear()
        self._known = True
        return NO_STOPS

    def reached(self, column: int) -> str:
        """What makes a stop of this column, where the cursor stands, if that is worth it."""
        if not self._known or column in self._set or column not in self._wanted:
            return ""
        self._set.add(column)
        return SET_STOP

    def before(self, column: int) -> int | None:
        """The last stop that is not behind this column."""
        return max((stop for stop in self._set if stop <= column), default=None)

    def between(self, column: int, stop: int) -> int:
        """Tabs from a column to a stop behind it."""
        return sum(column < other <= stop for other in self._set)


def usual_stops(width: int) -> str:
    """What gives a terminal back the stops that it had at first, the cursor staying where it is."""
    every = f"\x1b[{_USUAL}C{SET_STOP}" * (max(0, width - 1) // _USUAL)
    return f"\x1b7{NO_STOPS}\r{every}\x1b8"


def shortest(at: Place | None, to: Place, stops: Stops) -> str:
    """From a place that may not be known, or only by its line."""
    return min(_ways(at, to, stops), key=len)


def _ways(at: Place | None, to: Place, stops: Stops) -> Iterator[str]:
    x, y = to
    assert x is not None
    line = str(y + 1) if y else ""
    from_start = _across(0, x, stops)
    yield f"\x1b[{line}{f';{x + 1}' if x else ''}H"
    yield f"\x1b[{line}H{from_start}"
    if at is None:
        return
    yield _down(y - at[1], _RETURNING) + from_start
    if at[0] is not None:
        yield _down(y - at[1], _STAYING) + _across(at[0], x, stops)


_STAYING = ("", "\x1bD", "\x1bM", "B", "A")  # no line, the next, the one before, so many on, so many back
_RETURNING = ("\r", "\x1bE", "\x1bM\r", "E", "F")


def _down(lines: int, ways: tuple[str, str, str, str, str]) -> str:
    here, next_, before, on, back = ways
    if abs(lines) <= 1:  # a line feed might return, too
        return (here, next_, before)[lines]
    return f"\x1b[{abs(lines)}{on if lines > 0 else back}"


def _across(here: int, x: int, stops: Stops) -> str:
    """In a line."""
    if here == x:
        return ""
    ways = [_along(here, x), f"\x1b[{x + 1}G", f"\r{_along(0, x)}"]
    stop = stops.before(x)
    if stop is not None:
        ways += [f"{start}{chr(9) * stops.between(column, stop)}{_along(stop, x)}"
                 for start, column in (("", here), ("\r", 0)) if column < stop]  # fmt: skip
    return min(ways, key=len)


def _along(here: int, x: int) -> str:
    by = abs(x - here)
    if not by:
        return ""
    if x < here and by <= _BACKSPACES:
        return "\b" * by
    return f"\x1b[{by if by > 1 else ''}{'C' if x > here else 'D'}"
