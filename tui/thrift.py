"""Repaints that send what differs: over SSH a line of text that has changed in the middle costs its middle.

Textual writes every line of a widget that was refreshed, blanks and all. Here the cells are compared with
those that were written there before, and what differs is written; where a piece of a line has characters of
which terminals think differently, from the first that differs to its end. The terminal shows the same.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate

from tui.cells import Cell, Look, Piece, cells_of, has_a_cell
from tui.pen import Pen, erases_in_colour

_MOVE = 4  # bytes that it costs to skip cells that are the same


class ThriftyCompositor(Compositor):
    """Knows what it has written."""

    def __init__(self) -> None:
        super().__init__()
        self._written = Written(erases=erases_in_colour())

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        update = super().render_full_update(simplify)
        update.strips = [list(line) for line in update.strips]  # they are read twice
        return WholeUpdate(update, self._written)

    def render_partial_update(self) -> ChopsUpdate | None:
        update = super().render_partial_update()
        return ThriftyUpdate(update, self._written) if update is not None else None


class Written:
    """What stands in each cell of the screen; None where that is not known."""

    def __init__(self, *, erases: bool) -> None:
        self.erases = erases
        self._lines: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        self._lines.clear()

    def line(self, y: int, width: int) -> list[Cell | None]:
        """To be changed in place."""
        line = self._lines.setdefault(y, [])
        if len(line) != width:
            line[:] = [None] * width
        return line


class WholeUpdate(LayoutUpdate):
    """Textual's update of the whole screen, remembered once it is sent."""

    def __init__(self, update: LayoutUpdate, written: Written) -> None:
        super().__init__(update.strips, update.region)
        self._written = written

    def render_segments(self, console: Console) -> str:
        self._written.forget()
        for y, strips in enumerate(self.strips, self.region.y):
            pieces = [cells_of(strip, _colours(console)) for strip in strips]
            cells = [cell for piece in pieces for cell in piece.cells]
            if all(piece.sure for piece in pieces):
                self._written.line(y, len(cells))[:] = cells
        return super().render_segments(console)


class ThriftyUpdate(ChopsUpdate):
    """Textual's update of some lines. What it sends counts as written, so it is rendered once."""

    def __init__(self, update: ChopsUpdate, written: Written) -> None:
        super().__init__(update.chops, update.spans, update.chop_ends)
        self._written = written

    def render_segments(self, console: Console) -> str:
        stretches = [
            stretch for y, start, end in self.spans for stretch in self._line(y, start, end, console)
        ]
        pen = Pen(max(ends[-1] for ends in self.chop_ends), erases=self._written.erases)
        for x, y, cells, sure in _by_look(stretches):
            pen.write(x, y, cells, sure=sure)
        return pen.sent

    def _line(self, y: int, start: int, end: int, console: Console) -> Iterator["Stretch"]:
        """What is to be written between two columns; it counts as written."""
        ends = self.chop_ends[y]
        known = self._written.line(y, ends[-1])
        for last, (x, strip) in zip(ends, self.chops[y].items(), strict=False):
            left, right = max(x, start), min(last, end)
            if strip is None or left >= right:
                continue
            piece = cells_of(strip.crop(left - x, right - x), _colours(console))
            before = known[left:right]
            known[left:right] = piece.cells
            erased = self._written.erases and right == len(known)
            for begin, stop in differences(before, piece, to_edge=erased):
                yield Stretch(left + begin, y, piece.cells[begin:stop], piece.sure)


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


def _colours(console: Console) -> ColorSystem:
    return console._color_system or ColorSystem.TRUECOLOR
