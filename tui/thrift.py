"""Repaints that send what differs: over SSH a line of text that has changed in the middle costs its middle.

Textual writes every line of a widget that was refreshed, blanks and all, and all of the screen when something
on it moves. Here the cells are compared with those that were written there before, and what differs is
written; where a piece of a line has characters of which terminals think differently, from the first that
differs to its end. The terminal shows the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from tui.cells import Cell, Look, Piece, cells_of, has_a_cell
from tui.pen import Pen

_MOVE = 4  # bytes that it costs to skip cells that are the same
Part = tuple[int, Strip]  # of a line, from that column on


class Written:
    """What stands in each cell of the terminal; None where that is not known. `erases`: whether it erases in
    the colour in force."""

    def __init__(self, *, erases: bool) -> None:
        self.erases = erases
        self._of: object = None  # the screen that was painted last
        self._lines: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """The terminal was resized, or another program had it."""
        self._of = None
        self._lines.clear()

    def thrifty(self, of: object, update: RenderableType | None) -> RenderableType | None:
        """What to send instead of an update by Textual of the screen `of`. Another screen than the last is
        sent whole, which also mends what other programs left on the terminal."""
        if isinstance(update, ChopsUpdate):
            return ThriftyUpdate(_parts_of(update), self, max(ends[-1] for ends in update.chop_ends))
        if isinstance(update, LayoutUpdate):
            lines = [
                (y, list(_placed(update, strips))) for y, strips in enumerate(update.strips, update.region.y)
            ]
            return ThriftyUpdate(lines, self, update.region.right, of if of is not self._of else None)
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


class ThriftyUpdate(CompositorUpdate):
    """Parts of lines, of which what differs is sent. That counts as written, so it is rendered once."""

    def __init__(
        self,
        lines: Sequence[tuple[int, Sequence[Part]]],
        written: Written,
        width: int,
        first_of: object = None,
    ) -> None:
        """`first_of`: another screen than the one painted last."""
        self._lines = lines
        self._written = written
        self._width = width
        self._first_of = first_of

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del options  # Textual renders it as text; rich is only told that it is one of its own
        yield self.render_segments(console)

    def render_segments(self, console: Console) -> str:
        if self._first_of is not None:
            self._written.begin(self._first_of)
        colours = console._color_system or ColorSystem.TRUECOLOR
        stretches = [
            stretch for y, parts in self._lines for part in parts for stretch in self._part(y, *part, colours)
        ]
        pen = Pen(self._width, erases=self._written.erases)
        for x, y, cells, sure in _by_look(stretches):
            pen.write(x, y, cells, sure=sure)
        return pen.sent

    def _part(self, y: int, x: int, strip: Strip, colours: ColorSystem) -> Iterator["Stretch"]:
        """What is to be written of it."""
        piece = cells_of(strip, colours)
        end = x + len(piece.cells)
        known = self._written.line(y, end)
        before, known[x:end] = known[x:end], piece.cells
        for begin, stop in differences(before, piece, to_edge=self._written.erases and end == self._width):
            yield Stretch(x + begin, y, piece.cells[begin:stop], piece.sure)


class Stretch(NamedTuple):
    x: int
    y: int
    cells: Sequence[Cell]
    sure: bool


def _by_look(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Those that begin alike after one another, for colours cost more than ways. What may be drawn wider than
    it should comes first, so that what stands beside it is written over that."""
    order: dict[Look, int] = {}
    for stretch in stretches:
        order.setdefault(stretch.cells[0][1], len(order))
    return sorted(stretches, key=lambda stretch: (stretch.sure, order[stretch.cells[0][1]]))


def differences(before: Sequence[Cell | None], now: Piece, *, to_edge: bool) -> list[tuple[int, int]]:
    """Stretches of `now` to be written over `before`, which has as many cells: the first cell of each, and
    the one behind its last. `to_edge`: behind them the screen ends, and blanks may be erased up to there."""
    cells = now.cells
    if not (now.sure and _is_sure(before)):
        begin = _shared(before, cells)
        return [(begin, len(cells))] if begin < len(cells) else []
    stretches: list[tuple[int, int]] = []
    for at in (at for at, (old, new) in enumerate(zip(before, cells, strict=True)) if old != new):
        if stretches and _is_bridge(cells, *stretches[-1], at):
            stretches[-1] = (stretches[-1][0], at + 1)
        else:
            stretches.append((at, at + 1))
    return _with_tail(stretches, cells) if to_edge else stretches


def _is_bridge(cells: Sequence[Cell], first: int, start: int, end: int) -> bool:
    """Whether cells between a stretch and the next that differs are written again sooner than skipped."""
    if end - start > _MOVE:
        return False
    look = next((look for _, look in reversed(cells[first:start]) if not look.bare), cells[first][1])
    return all(look.shows(cell[1]) for cell in cells[start:end])


def _with_tail(stretches: list[tuple[int, int]], cells: Sequence[Cell]) -> list[tuple[int, int]]:
    """Blanks at the end are erased as one where any of them is to be."""
    blank = len(cells)
    while blank and cells[-1][1].bare and cells[blank - 1] == cells[-1]:
        blank -= 1
    kept = [stretch for stretch in stretches if stretch[1] <= blank]
    if len(kept) < len(stretches):
        kept.append((stretches[len(kept)][0], len(cells)))
    return kept


def _is_sure(cells: Sequence[Cell | None]) -> bool:
    return all(cell is None or has_a_cell(cell[0]) for cell in cells)


def _shared(one: Sequence[Cell | None], other: Sequence[Cell]) -> int:
    """Cells that two pieces have in common at their beginning, up to what may be wider or narrower than it is
    thought to be, or drawn as one with what follows."""
    shared = 0
    while shared < len(other) and one[shared] == other[shared]:
        shared += 1
    if shared == len(other):
        return shared
    sure = next((at for at in range(shared) if not has_a_cell(other[at][0])), shared)
    while sure and not (_stands_alone(one, sure) and _stands_alone(other, sure)):
        sure -= 1
    return sure


def _stands_alone(cells: Sequence[Cell | None], at: int) -> bool:
    """Whether what stands before this place and what stands behind it are two characters to any terminal."""
    before, behind = cells[at - 1], cells[at]
    return (before is None or before[0].isascii()) and (behind is None or behind[0][:1].isascii())
