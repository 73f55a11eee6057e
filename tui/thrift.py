"""Repaints that send what differs: over SSH a line of text that has changed in the middle costs its middle.

Textual writes every line of a widget that was refreshed, blanks and all. Here a line is compared with the one
that was written at its place before, and the cells between what both begin and both end with are written, a
colour once for all that has it. The terminal shows the same either way.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.strip import Strip

Pieces = Mapping[int, Strip | None]  # of one line of the screen, by their first column


class ThriftyCompositor(Compositor):
    """Knows what it has written since the whole screen was drawn last."""

    def __init__(self) -> None:
        super().__init__()
        self._written = Written()

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        self._written = Written()
        return super().render_full_update(simplify)

    def render_partial_update(self) -> ChopsUpdate | None:
        update = super().render_partial_update()
        return ThriftyUpdate(update, self._written) if update is not None else None


class Written:
    """What stands at each place of the screen, where that is known."""

    def __init__(self) -> None:
        self._lines: dict[int, tuple[tuple[int, ...], dict[int, Strip]]] = {}

    def line(self, y: int, pieces: Pieces) -> dict[int, Strip]:
        """What is known of a line that is divided as these pieces; divided otherwise, nothing is."""
        columns = tuple(pieces)
        if y not in self._lines or self._lines[y][0] != columns:
            self._lines[y] = (columns, {})
        return self._lines[y][1]


class ThriftyUpdate(ChopsUpdate):
    """Textual's update of some lines. What it sends counts as written, so it is rendered once."""

    def __init__(self, update: ChopsUpdate, written: Written) -> None:
        super().__init__(update.chops, update.spans, update.chop_ends)
        self._written = written

    def render_segments(self, console: Console) -> str:
        sent, pen = [], Pen(console)
        for y, start, end in self.spans:
            known = self._written.line(y, self.chops[y])
            for last, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x > end or last <= start:
                    continue
                if start <= x < end and last <= end:
                    begin, cells = difference(known.get(x), strip)
                    known[x] = strip
                    strip = strip.crop(begin, cells)
                else:  # a part of a piece
                    known.pop(x, None)
                    begin, strip = 0, strip.crop(0, min(last, end) - x)
                if strip.cell_length:
                    sent.append(Control.move_to(x + begin, y).segment.text)
                    sent += [pen.written(segment) for segment in strip]
        return "".join([*sent, pen.lifted])


class Pen:
    """Colours are sent when they change, not with every piece of text."""

    lifted = "\x1b[0m"

    def __init__(self, console: Console) -> None:
        self._colours = console._color_system or ColorSystem.TRUECOLOR
        self._now = ""

    def written(self, segment: Segment) -> str:
        before, self._now = self._now, _codes(segment.style, self._colours)
        return segment.text if before == self._now else f"{self.lifted}{self._now}{segment.text}"


@lru_cache(maxsize=1024)
def _codes(style: Style | None, colours: ColorSystem) -> str:
    """What a terminal is sent before text of that style."""
    codes = "" if style is None else Strip.render_ansi(style, colours)
    return f"\x1b[{codes}m" if codes else ""


def difference(before: Strip | None, now: Strip) -> tuple[int, int]:
    """The first cell of `now` to be written over `before`, and the one behind the last."""
    width = now.cell_length
    if before is None or before.cell_length != width:
        return 0, width
    one, other = list(before), list(now)
    begin = _shared(one, other)
    if begin == width:
        return 0, 0
    end = width - _shared(_turned(one), _turned(other))
    return begin, max(begin, end)


def _shared(one: Sequence[Segment], other: Sequence[Segment]) -> int:
    """Cells that two lines have in common at their beginning; a character is not cut from its accents."""
    cells = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine == theirs:
            cells += mine.cell_length
            continue
        if mine.style == theirs.style:
            shared = next(
                (at for at, (a, b) in enumerate(zip(mine.text, theirs.text, strict=False)) if a != b),
                min(len(mine.text), len(theirs.text)),
            )
            while shared and (_clings(mine.text, shared) or _clings(theirs.text, shared)):
                shared -= 1
            cells += cell_len(mine.text[:shared])
        break
    return cells


def _clings(text: str, at: int) -> bool:
    """Whether what stands before this place and what stands behind it may be one character to a terminal."""
    return not text[:at].isascii() or not text[at : at + 1].isascii()


def _turned(line: Sequence[Segment]) -> list[Segment]:
    return [Segment(segment.text[::-1], segment.style) for segment in reversed(line)]
