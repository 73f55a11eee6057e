"""A look at a text before anything is searched in it, its words' shapes and its rows of digits, and the gates
that let a text pass by its look.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple, Self

from curate.pii.shapes import SHAPES, bits_of, shaped

LEAST_ROW, LEAST_LOOSE = 4, 7  # digits; fewer count as none
SEPARATOR, LOOSE = re.compile(r"[\s.\-/]"), re.compile(r"[ ().\-/+]")
_ROW = re.compile(rf"\d(?:{SEPARATOR.pattern}?\d){{{LEAST_ROW - 1},}}")
_LOOSE_ROW = re.compile(rf"\d(?:{LOOSE.pattern}*\d){{{LEAST_LOOSE - 1},}}")
_ASCII_ROW, _ASCII_LOOSE = (  # three times as quick
    re.compile(row.pattern.replace(r"\d", "[0-9]")) for row in (_ROW, _LOOSE_ROW)
)


class Rows(NamedTuple):
    """Digits of a text's longest row, of its longest one with separators in it, and of its longest loose one.
    In a row one space, dot, hyphen or slash stands between two digits at most; in a loose one any number of
    them, of plus signs and of brackets. Rows of fewer than LEAST_ROW and LEAST_LOOSE digits count as none."""

    longest: int = 0
    separated: int = 0
    loose: int = 0


class Look:
    """One text, its words' bits, and its rows of digits: what gates ask for."""

    __slots__ = ("_rows", "bits", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.bits = bits_of(text)
        self._rows: Rows | None = None

    @classmethod
    def known(cls, text: str, bits: int, rows: Rows | None) -> Self:
        """Of a text whose bits, and rows perhaps, are known."""
        look = cls.__new__(cls)
        look.text, look.bits, look._rows = text, bits, rows
        return look

    @property
    def rows(self) -> Rows:
        if self._rows is None:
            self._rows = _rows_of(self.text)
        return self._rows


def _rows_of(text: str) -> Rows:
    longest = separated = 0
    if text.isascii():
        row_pattern, loose_pattern = _ASCII_ROW, _ASCII_LOOSE
    else:
        row_pattern, loose_pattern = _ROW, _LOOSE_ROW
    for row in row_pattern.findall(text):
        digits = len(row) if row.isdigit() else len(SEPARATOR.sub("", row))
        longest = max(longest, digits)
        if digits < len(row):
            separated = max(separated, digits)
    loose = (len(LOOSE.sub("", row)) for row in loose_pattern.findall(text))
    return Rows(longest, separated, max(loose, default=0))


@dataclass(frozen=True, slots=True)
class ShapeGate:
    """Lets a text pass of which any word has one of these bits, and all of one of the `together`."""

    bits: int
    together: tuple[int, ...] = ()

    @property
    def asked(self) -> int:
        """All bits that it asks about."""
        return reduce(or_, self.together, self.bits)

    def passes(self, look: Look) -> bool:
        if look.bits & self.bits:
            return True
        for each in self.together:  # noqa: SIM110 (any() takes twice the time)
            if look.bits & each == each:
                return True
        return False


@dataclass(frozen=True, slots=True)
class TextGate:
    """Lets a text pass in which the pattern matches."""

    pattern: re.Pattern[str]

    def passes(self, look: Look) -> bool:
        return self.pattern.search(look.text) is not None


@dataclass(frozen=True, slots=True)
class RowGate:
    """Lets a text pass that has as many digits in a row."""

    digits: int

    def passes(self, look: Look) -> bool:
        return look.rows.longest >= self.digits


@dataclass(frozen=True, slots=True)
class LooseGate:
    """Lets a text pass that has as many digits in a loose row."""

    digits: int

    def passes(self, look: Look) -> bool:
        return look.rows.loose >= self.digits


@dataclass(frozen=True, slots=True)
class SeparatedGate:
    """For numbers that count without a word of context only where their digits stand in groups: lets a text
    pass that has such a row of digits, or one of the words."""

    digits: int
    words: ShapeGate

    @property
    def asked(self) -> int:
        return self.words.asked

    def passes(self, look: Look) -> bool:
        return look.rows.separated >= self.digits or self.words.passes(look)


OF_LOOK = (ShapeGate, RowGate, LooseGate, SeparatedGate)
"""The gates that need no more than a look's bits and rows."""


def shape(pattern: str) -> ShapeGate:
    """Of words in whose shape the pattern matches: write it in lower case, with 0 for any digit, no space."""
    return ShapeGate(SHAPES.bit(pattern))


def words(phrases: Iterable[str], begin: str = "", end: str = "") -> ShapeGate:
    """Of texts that hold one of the phrases: its words, in any order and case, each between two patterns of
    no width; without these they may be parts of others."""
    single, together = 0, set()
    for phrase in phrases:
        bits = 0
        for word in shaped(phrase).split():
            bits |= SHAPES.word_bit(word, begin, end)
        if bits & (bits - 1):
            together.add(bits)
        else:
            single |= bits
    return ShapeGate(single, tuple(sorted(together)))


def either(gates: Iterable[ShapeGate]) -> ShapeGate:
    """Lets a text pass that one of them does."""
    single, together = 0, set[int]()
    for gate in gates:
        single |= gate.bits
        together |= set(gate.together)
    return ShapeGate(single, tuple(sorted(together)))


DIGIT = shape("0")
