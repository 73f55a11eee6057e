"""Shapes: what a text's words are reduced to, lower case with every digit a 0, and the tests that they pass.

Of a shape it is remembered which tests it passes, as bits of a number; a text's bits are those of all its
words (what stands between spaces). Words repeat, and shapes more so: a text costs one dictionary look-up a
word, however many tests there are.
"""

import re
from collections.abc import Iterable, Iterator

from curate.pii.folding import DIGITS

_MOSTSHAPES = 1 << 17
_LONGEST_SHAPE = 48  # characters that are worth remembering

_TO_SHAPE: dict[int, str] = {
    **dict.fromkeys(DIGITS, "0"),
    ord("ı"): "i",
    ord("İ"): "i",
}  # what `[a-z]` matches in any case
ASCII_TO_SHAPE = bytes(ord("0" if chr(c).isdecimal() else chr(c).lower()) for c in range(128)).ljust(256)


def shaped(text: str) -> str:
    """Lower case, every digit a 0, character by character."""
    if text.isascii():
        return text.encode().translate(ASCII_TO_SHAPE).decode()  # five times as quick
    return text.translate(_TO_SHAPE).casefold()


class _Shapes(dict[str, int]):
    """Shape to the bits of the tests it passes; each test asks about a shape once. Words are asked for only
    where one pattern for all of them says that there is one."""

    def __init__(self) -> None:
        super().__init__()
        self._bits: dict[str, int] = {}
        self._tests: list[tuple[int, re.Pattern[str]]] = []
        self._words: list[tuple[int, str, re.Pattern[str]]] = []
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
            self._words.append((self._new(name), word, re.compile(begin + re.escape(word) + end)))
            self._named.add(word)
            self._any_word = _any_of(self._named)
        return self._bits[name]

    def patterns(self, bits: int) -> Iterator[str]:
        """What matches in a shape with any of these bits: tests, and words without what is around them."""
        yield from (test.pattern for bit, test in self._tests if bit & bits)
        yield from {re.escape(word) for bit, word, _ in self._words if bit & bits}

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
            for bit, word, test in self._words:
                if word in shape and test.search(shape):
                    bits |= bit
        if len(shape) <= _LONGEST_SHAPE:
            if len(self) >= _MOSTSHAPES:
                self.clear()
            self[shape] = bits
        return bits


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Matches in what holds one of the words; by first letters, which is twice as quick."""
    first: dict[str, list[str]] = {}
    for word in sorted(words):
        first.setdefault(word[0], []).append(re.escape(word[1:]))
    return re.compile("|".join(f"{re.escape(letter)}(?:{'|'.join(rest)})" for letter, rest in first.items()))


SHAPES = _Shapes()


def bits_of(text: str) -> int:
    """The bits of all the text's words."""
    found = 0
    for bits in set(map(SHAPES.__getitem__, shaped(text).split())):
        found |= bits
    return found
