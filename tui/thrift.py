"""Repaints that send what differs: over SSH a line of text that has changed in the middle costs its middle.

Textual writes every line of a widget that was refreshed, blanks and all. Here a line is compared with the one
that was written at its place before, and the cells that differ are written; where a line has characters of
which terminals think differently, all between what both begin and both end with. Of a colour or an attribute
only what changes is sent. The terminal shows the same either way.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

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
                    stretches = differences(known.get(x), strip)
                    known[x] = strip
                else:  # a part of a piece
                    known.pop(x, None)
                    stretches = [(0, min(last, end) - x)]
                for begin, cells in stretches:
                    sent.append(Control.move_to(x + begin, y).segment.text)
                    sent += [pen.written(segment) for segment in strip.crop(begin, cells)]
        return "".join([*sent, pen.lifted])


class Pen:
    """What changes of colours and attributes is sent, not all of them with every piece of text."""

    lifted = "\x1b[0m"

    def __init__(self, console: Console) -> None:
        self._colours = console._color_system or ColorSystem.TRUECOLOR
        self._now: Look | None = None

    def written(self, segment: Segment) -> str:
        before, self._now = self._now, _look(segment.style, self._colours)
        if before == self._now:
            return segment.text
        if before is None or not before.grows_into(self._now):
            return f"{self.lifted}{_codes([*self._now.attributes, *self._now.colours])}{segment.text}"
        return f"{_codes(self._now.beyond(before))}{segment.text}"


class Look(NamedTuple):
    """How text is written, in codes of SGR (ECMA-48); the colours of letters and ground may be missing."""

    attributes: tuple[str, ...]
    letters: str
    ground: str

    @property
    def colours(self) -> list[str]:
        return [colour for colour in (self.letters, self.ground) if colour]

    def grows_into(self, other: "Look") -> bool:
        """Whether nothing is to be taken back, which only a reset does everywhere."""
        return (
            set(self.attributes) <= set(other.attributes)
            and bool(other.letters or not self.letters)
            and bool(other.ground or not self.ground)
        )

    def beyond(self, other: "Look") -> list[str]:
        attributes = [code for code in self.attributes if code not in other.attributes]
        return [*attributes, *(colour for colour in self.colours if colour not in other.colours)]


@lru_cache(maxsize=1024)
def _look(style: Style | None, system: ColorSystem) -> Look:
    codes = iter(Strip.render_ansi(style, system).split(";") if style is not None else [])
    attributes, letters, ground = [], "", ""
    for code in codes:
        if not code:
            continue
        number = int(code)
        if number in (38, 48):  # with a number of a palette, or red, green and blue
            kind = next(codes)
            code = ";".join([code, kind, *(next(codes) for _ in range(1 if kind == "5" else 3))])
        if number in range(30, 40) or number in range(90, 98):
            letters = code
        elif number in range(40, 50) or number in range(100, 108):
            ground = code
        else:
            attributes.append(code)
    return Look(tuple(attributes), letters, ground)


def _codes(codes: Sequence[str]) -> str:
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def differences(before: Strip | None, now: Strip) -> list[tuple[int, int]]:
    """Stretches of `now` to be written over `before`: the first cell of each, and the one behind its last."""
    width = now.cell_length
    if before is None or before.cell_length != width:
        return [(0, width)] if width else []
    one, other = list(before), list(now)
    if _is_plain(one) and _is_plain(other):
        return _joined(at for at, (a, b) in enumerate(zip(_cells(one), _cells(other), strict=True)) if a != b)
    begin = _shared(one, other)
    end = width - _shared(_turned(one), _turned(other))
    return [(begin, max(begin, end))] if begin < width else []


_MOVE = 9  # bytes that a move of the cursor costs: fewer cells that are the same are written again


def _joined(cells: Iterator[int]) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    for at in cells:
        if stretches and at - stretches[-1][1] < _MOVE:
            stretches[-1] = (stretches[-1][0], at + 1)
        else:
            stretches.append((at, at + 1))
    return stretches


def _cells(line: Sequence[Segment]) -> Iterator[tuple[str, Style | None]]:
    return ((character, segment.style) for segment in line for character in segment.text)


def _is_plain(line: Sequence[Segment]) -> bool:
    """Whether every character is a cell of its own, in every terminal, wherever it stands."""
    return all(segment.text.isascii() or all(map(_has_a_cell, segment.text)) for segment in line)


@lru_cache(maxsize=4096)
def _has_a_cell(character: str) -> bool:
    return (
        ord(character) < _SYMBOLS
        and unicodedata.category(character)[0] not in "MC"
        and unicodedata.east_asian_width(character) not in "WF"
        and unicodedata.bidirectional(character) not in ("R", "AL", "AN")
    )


_SYMBOLS = 0x2600  # from here on emoji, which may be drawn as one with what follows


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
