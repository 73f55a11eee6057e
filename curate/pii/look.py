"""A look at a text before anything is searched in it: what its words may be part of.

Each word (what stands between spaces) is reduced to its shape: lower case, every digit a 0. Of a shape it
is remembered which gates it passes, as bits of a number; the text's bits are those of all its words. Words
repeat, and shapes more so: a text costs one dictionary look-up a word, however many gates there are.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MOST_SHAPES = 1 << 17
_LONGEST_SHAPE = 48  # characters that are worth remembering

DIGITS = {ord(d): str(int(d)) for d in re.findall(r"\d", "".join(map(chr, range(1 << 17))))}
"""The decimal digits of all scripts (Unicode's Nd) to ASCII's, for str.translate."""

_TO_SHAPE: dict[int, str] = {
    **dict.fromkeys(DIGITS, "0"),
    ord("ı"): "i",
    ord("İ"): "i",
}  # what `[a-z]` matches in any case
_ASCII_TO_SHAPE = bytes(ord("0" if chr(c).isdecimal() else chr(c).lower()) for c in range(128)).ljust(256)
_SEPARATORS = re.compile(r"[\s.\-/]")
_ROW = re.compile(r"\d(?:[\s.\-/]?\d){3,}")
_ASCII_ROW = re.compile(r"[0-9](?:[\s.\-/]?[0-9]){3,}")  # three times as quick


def _shaped(text: str) -> str:
    """Lower case, every digit a 0."""
    if text.isascii():
        return text.encode().translate(_ASCII_TO_SHAPE).decode()  # five times as quick
    return text.translate(_TO_SHAPE).casefold()


class _Shapes(dict[str, int]):
    """Shape to the bits of the tests it passes; each test asks about a shape once. Words are asked for only
    where one pattern for all of them says that there is one."""

    def __init__(self) -> None:
        super().__init__()
        self._bits: dict[str, int] = {}
        self._tests: list[tuple[int, re.Pattern[str]]] = []
        self._words: list[tuple[int, re.Pattern[str]]] = []
        self._named: set[str] = set()
        self._any_word = re.compile(r"(?!)")

    def bit(self, pattern: str) -> int:
        """The bit of this test, the one it had where it is known."""
        if pattern not in self._bits:
            self._tests.append((self._new(pattern), re.compile(pattern)))
        return self._bits[pattern]

    def word_bit(self, word: str, begin: str, end: str) -> int:
        """The bit of a word between two patterns of no width."""
        name = f"word {begin}{word}{end}"
        if name not in self._bits:
            self._words.append((self._new(name), re.compile(begin + re.escape(word) + end)))
            self._named.add(word)
            self._any_word = _any_of(self._named)
        return self._bits[name]

    def _new(self, name: str) -> int:
        self._bits[name] = 1 << len(self._bits)
        self.clear()
        return self._bits[name]

    def __missing__(self, shape: str) -> int:
        bits = 0
        for bit, test in self._tests:
            if test.search(shape):
                bits |= bit
        if self._any_word.search(shape):
            for bit, test in self._words:
                if test.search(shape):
                    bits |= bit
        if len(shape) <= _LONGEST_SHAPE:
            if len(self) >= _MOST_SHAPES:
                self.clear()
            self[shape] = bits
        return bits


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Matches in what holds one of the words; by first letters, which is twice as quick."""
    first: dict[str, list[str]] = {}
    for word in sorted(words):
        first.setdefault(word[0], []).append(re.escape(word[1:]))
    return re.compile("|".join(f"{re.escape(letter)}(?:{'|'.join(rest)})" for letter, rest in first.items()))


_SHAPES = _Shapes()


class Look:
    """One text, its words' bits, and its rows of digits: what gates ask for."""

    __slots__ = ("_rows", "bits", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.bits = 0
        for bits in set(map(_SHAPES.__getitem__, _shaped(text).split())):
            self.bits |= bits
        self._rows: tuple[int, int] | None = None

    @property
    def rows(self) -> tuple[int, int]:
        """Digits of the longest row, and of the longest one with separators in it. In a row one space, dot,
        hyphen or slash stands between two digits at most; rows of fewer than four digits count as none."""
        if self._rows is None:
            longest = separated = 0
            for row in (_ASCII_ROW if self.text.isascii() else _ROW).findall(self.text):
                digits = len(row) if row.isdigit() else len(_SEPARATORS.sub("", row))
                longest = max(longest, digits)
                if digits < len(row):
                    separated = max(separated, digits)
            self._rows = longest, separated
        return self._rows


@dataclass(frozen=True, slots=True)
class ShapeGate:
    """Lets a text pass of which any word has one of these bits, and all of one of the `together`."""

    bits: int
    together: tuple[int, ...] = ()

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
        return look.rows[0] >= self.digits


@dataclass(frozen=True, slots=True)
class SeparatedGate:
    """For numbers that count without a word of context only where their digits stand in groups: lets a text
    pass that has such a row of digits, or one of the words."""

    digits: int
    words: ShapeGate

    def passes(self, look: Look) -> bool:
        return look.rows[1] >= self.digits or self.words.passes(look)


def shape(pattern: str) -> ShapeGate:
    """Of words in whose shape the pattern matches: write it in lower case, with 0 for any digit, no space."""
    return ShapeGate(_SHAPES.bit(pattern))


def words(phrases: Iterable[str], begin: str = "", end: str = "") -> ShapeGate:
    """Of texts that hold one of the phrases: its words, in any order and case, each between two patterns of
    no width; without these they may be parts of others."""
    single, together = 0, set()
    for phrase in phrases:
        bits = 0
        for word in phrase.translate(_TO_SHAPE).casefold().split():
            bits |= _SHAPES.word_bit(word, begin, end)
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
