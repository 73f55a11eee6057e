"""A line of the screen as cells, so that two lines can be laid over each other and what differs be told.

A cell is what is written there and how it looks. What takes two cells, or is drawn as one of several
characters, stands in its first cell whole; the cells that it covers besides hold no text.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

OFF = {
    **{"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29"},
    **{"21": "24", "51": "54", "52": "54", "53": "55"},
}  # of each attribute of SGR, what takes it back
_LINES = {
    "4",
    "5",
    "6",
    "7",
    "9",
    "21",
    "51",
    "52",
    "53",
}  # attributes that blanks show
_SYMBOLS = 0x2600  # from here on emoji, which may be drawn as one with what follows

_STEPS = (0, 95, 135, 175, 215, 255)
_GREYS = range(8, 239, 10)
_PALETTE = {
    **{f"{r};{g};{b}": 16 + at for at, (r, g, b) in enumerate(product(_STEPS, _STEPS, _STEPS))},
    **{f"{grey};{grey};{grey}": 232 + at for at, grey in enumerate(_GREYS)},
}  # the numbers of red, green and blue that every terminal of 256 colours has, shorter to send


class Look(NamedTuple):
    """How text is written, in codes of SGR (ECMA-48); the colours of letters and ground may be missing.
    `bare`: no letter stands there, and letters may be in force as they like."""

    attributes: tuple[str, ...] = ()
    letters: str = ""
    ground: str = ""
    bare: bool = False

    @property
    def codes(self) -> list[str]:
        return [*self.attributes, *filter(None, (self.letters, self.ground))]

    @property
    def without_letters(self) -> "Look":
        """How a blank looks: most of this cannot be seen in it."""
        return self if self._draws_lines else Look(ground=self.ground, bare=True)

    def shows(self, other: "Look") -> bool:
        """Whether what is written so looks as `other` says."""
        return self == other or (other.bare and self.ground == other.ground and not self._draws_lines)

    def turned_bare(self, ground: str) -> "Look":
        """This, with what must not be in force where no letter stands taken back."""
        attributes = tuple(code for code in self.attributes if code not in _LINES)
        return Look(attributes, self.letters, ground)

    @property
    def _draws_lines(self) -> bool:
        return not _LINES.isdisjoint(self.attributes)


Cell = tuple[str, Look]


class Piece(NamedTuple):
    """`sure`: every character has a cell of its own."""

    cells: list[Cell]
    sure: bool


def cells_of(strip: Strip, system: ColorSystem) -> Piece:
    """As many cells as the strip has."""
    cells: list[Cell] = []
    sure = True
    for text, style, _ in strip:
        look = look_of(style, system)
        blank = look.without_letters
        if text.isascii() or all(map(has_a_cell, text)):
            cells += [(letter, blank if letter == " " else look) for letter in text]
        else:
            sure = False
            cells += [part for start, end, width in split_graphemes(text)[0]
                      for part in _covered(text[start:end], look, width)]  # fmt: skip
    return Piece(cells, sure)


def _covered(text: str, look: Look, width: int) -> Iterable[Cell]:
    return ((text if not at else "", look) for at in range(width))


@lru_cache(maxsize=4096)
def has_a_cell(text: str) -> bool:
    """Whether it is a character that takes a cell of its own, in every terminal, wherever it stands."""
    return len(text) == 1 and (text.isascii() or _is_simple(text))


def _is_simple(character: str) -> bool:
    return (
        ord(character) < _SYMBOLS
        and unicodedata.category(character)[0] not in "MC"
        and unicodedata.east_asian_width(character) not in "WF"
        and unicodedata.bidirectional(character) not in ("R", "AL", "AN")
    )


@lru_cache(maxsize=1024)
def look_of(style: Style | None, system: ColorSystem) -> Look:
    codes = iter(Strip.render_ansi(style, system).split(";") if style is not None else [])
    attributes, letters, ground = [], "", ""
    for code in codes:
        if not code:
            continue
        number = int(code)
        if number in (38, 48):  # with a number of a palette, or red, green and blue
            kind = next(codes)
            colour = ";".join(next(codes) for _ in range(1 if kind == "5" else 3))
            code = f"{code};5;{_PALETTE[colour]}" if colour in _PALETTE else f"{code};{kind};{colour}"
        if number in range(30, 40) or number in range(90, 98):
            letters = code
        elif number in range(40, 50) or number in range(100, 108):
            ground = code
        else:
            attributes.append(code)
    return Look(tuple(attributes), letters, ground)


@lru_cache(maxsize=4096)
def turning(now: Look | None, wanted: Look) -> str:
    """The shortest SGR from one look to another; from None, when it is not known what is in force."""
    anew = ["", *wanted.codes]  # an empty code takes all back
    if now is None:
        return f"\x1b[{';'.join(anew)}m"
    off = dict.fromkeys(OFF[code] for code in now.attributes if code not in wanted.attributes)
    on = (code for code in wanted.attributes if code not in now.attributes or OFF[code] in off)
    colours = (
        new or default
        for old, new, default in ((now.letters, wanted.letters, "39"), (now.ground, wanted.ground, "49"))
        if old != new
    )
    changes = [*off, *on, *colours]
    return min((f"\x1b[{';'.join(codes)}m" for codes in (changes, anew)), key=len) if changes else ""
