"""Repaints that send what differs: over SSH a line of text that has changed in the middle costs its middle.

Textual writes every line of a widget that was refreshed, blanks and all, and all of the screen when something
on it moves. Here the cells are compared with those that were written there before, and what differs is
written; where a piece of a line has characters of which terminals think differently, from the first that
differs to its end. The terminal shows the same.
"""

from collections.abc import Iterable, Iterator, Sequence

from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Offset
from textual.strip import Strip

from tui.paint.cells import Cell, cells_of
from tui.paint.differences import differences
from tui.paint.pen import Pen
from tui.paint.strokes import Stroke, in_order
from tui.paint.terminal import Able

Part = tuple[int, Strip]  # of a line, from that column on
_AGAIN = 3  # cells that are written again where a tab stop leads to them


class Written:
    """What stands in each cell of the terminal; None where that is not known."""

    def __init__(self, able: Able) -> None:
        self.erases = able.erases
        self.pen = Pen(able)
        self._of: object = None  # the screen that was painted last
        self._lines: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """The terminal was resized, or another program had it."""
        self._of = None
        self._lines.clear()
        self.pen.forget()

    def thrifty(
        self, of: object, update: RenderableType | None, cursor: Offset | None = None
    ) -> RenderableType | None:
        """What to send instead of an update by Textual of the screen `of`; the cursor is left at `cursor` if
        that is given. Another screen than the last is sent whole, which also mends what other programs left
        on the terminal."""
        if isinstance(update, ChopsUpdate):
            width = max(ends[-1] for ends in update.chop_ends)
            return ThriftyUpdate(_parts_of(update), self, width, cursor=cursor)
        if isinstance(update, LayoutUpdate):
            lines = [
                (y, list(_placed(update, strips))) for y, strips in enumerate(update.strips, update.region.y)
            ]
            first_of = of if of is not self._of else None
            return ThriftyUpdate(lines, self, update.region.right, first_of, cursor=cursor)
        self.pen.forget()
        return update

    def begin(self, of: object) -> None:
        """Another screen is painted, all of it."""
        self._lines.clear()
        self._of = of

    def line(self, y: int, end: int) -> list[Cell | None]:
        """Up to that column at least; to be changed in place."""
        line = self._lines.setdefault(y, [])
        line += [None] * (end - len(line))
        return line


def _placed(update: LayoutUpdate, strips: Iterable[Strip]) -> Iterator[Part]:
    x = update.region.x
    for strip in strips:
        yield x, strip
        x += strip.cell_length


def _parts_of(update: ChopsUpdate) -> list[tuple[int, list[Part]]]:
    """Of each line what stands between the columns that are to be updated."""
    lines = []
    for y, start, end in update.spans:
        parts = []
        for last, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            left, right = max(x, start), min(last, end)
            if strip is not None and left < right:
                parts.append((left, strip.crop(left - x, right - x)))
        lines.append((y, parts))
    return lines


class ThriftyUpdate:
    """Parts of lines, of which what differs is sent. That counts as written, so it is rendered once.

    It is none of Textual's own updates, behind each of which Textual sends the cursor to its place.
    """

    def __init__(
        self,
        lines: Sequence[tuple[int, Sequence[Part]]],
        written: Written,
        width: int,
        first_of: object = None,
        *,
        cursor: Offset | None = None,
    ) -> None:
        """`first_of`: another screen than the one painted last."""
        self._lines = lines
        self._written = written
        self._width = width
        self._first_of = first_of
        self._cursor = cursor

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del options
        yield Segment(self.sent(console._color_system or ColorSystem.TRUECOLOR))

    def sent(self, colours: ColorSystem) -> str:
        if self._first_of is not None:
            self._written.begin(self._first_of)
        strokes = [
            stroke for y, parts in self._lines for part in parts for stroke in self._part(y, *part, colours)
        ]
        pen = self._written.pen
        pen.width = self._width
        pen.begin(stroke.x for stroke in strokes)
        for x, y, cells, sure in in_order(strokes, pen.look):
            pen.write(x, y, cells, sure=sure)
        if self._cursor is not None:
            pen.go(*self._cursor)
        return pen.taken()

    def _part(self, y: int, x: int, strip: Strip, colours: ColorSystem) -> Iterator[Stroke]:
        """What is to be written of it."""
        piece = cells_of(strip, colours)
        end = x + len(piece.cells)
        known = self._written.line(y, end)
        before, known[x:end] = known[x:end], piece.cells
        for begin, stop in differences(before, piece, to_edge=self._written.erases and end == self._width):
            if piece.sure:
                begin = self._from_stop(piece.cells, x, begin)
            yield Stroke(x + begin, y, piece.cells[begin:stop], piece.sure)

    def _from_stop(self, cells: Sequence[Cell], x: int, begin: int) -> int:
        """A little behind a tab stop, from there: the same cells again cost less than a way."""
        stop = self._written.pen.stop_before(x + begin)
        look = cells[begin][1]
        if stop is None or not 0 < x + begin - stop <= _AGAIN or stop < x:
            return begin
        again = cells[stop - x : begin]
        return stop - x if all(look.shows(other) for _, other in again) else begin
