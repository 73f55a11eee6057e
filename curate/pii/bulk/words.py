"""Looks at many texts at once: what `curate.pii.look.Look` says of each, by a table of the words met so far.

A word's bits are asked of `look` once, however many texts it stands in. A text that has a word which is too
long for the table has to be looked at by itself.
"""

from dataclasses import dataclass

import numpy as np

from curate.pii.bulk.suspects import Suspects
from curate.pii.bulk.texts import Texts
from curate.pii.folding import folded
from curate.pii.look import LOOSE, SEPARATOR, Rows
from curate.pii.shapes import ASCII_TO_SHAPE, bits_of
from schemas.arrays import Bools, Bytes, Ints, Ints32, Uint64s

_LINE = 64  # bytes
_LINES = 1 << 18  # a word each, half of them at the most
_SETS = 1 << 8


@dataclass(frozen=True, slots=True)
class Looks:
    """Of each text the bits that are asked about, 64 to a number, and its rows as `Look.rows` has them.
    In texts that are `blurred` characters beyond ASCII may belong to a row; of those `alone` nothing is
    known."""

    bits: Uint64s
    rows: Ints32
    blurred: Bools
    alone: Bools


class Words:
    """A table of words and those of their bits that are `asked` about, with one bit more for words that blur
    a row. Not for threads."""

    def __init__(self, asked: int, lines: int = _LINES) -> None:
        self._lines = lines
        self._asked = asked
        self._suspects = Suspects(asked)
        self._blurs = 1 << asked.bit_length()
        self._width = asked.bit_length() // 64 + 1
        self._fold, self._part = _byte_tables()
        self._clear()

    def _clear(self) -> None:
        self._table = np.zeros((self._lines, _LINE), dtype=np.uint8)
        self._used = 0
        self._sets = np.zeros((_SETS, self._width), dtype=np.uint64)
        self._set_of: dict[int, int] = {0: 0}

    def look(self, texts: Texts) -> Looks:
        from curate.pii.bulk.word_table import AGAIN, ALONE

        if self._used > self._lines // 4:
            self._clear()
        bits = np.zeros((len(texts), self._width), dtype=np.uint64)
        rows = np.zeros((len(texts), len(Rows._fields)), dtype=np.int32)
        state = np.full(len(texts), AGAIN, dtype=np.uint8)
        for _ in range(2):
            self._over(texts, np.flatnonzero(state == AGAIN), bits, rows, state)
        blurs = np.uint64(self._blurs >> 64 * (self._width - 1))
        blurred = (bits[:, -1] & blurs) != 0
        bits[:, -1] &= ~blurs
        return Looks(bits, rows, blurred, state == ALONE)

    def _over(self, texts: Texts, which: Ints, bits: Uint64s, rows: Ints32, state: Bytes) -> None:
        from curate.pii.bulk.word_table import FIRST_SET, KNOWN, look_over

        if not len(which):
            return
        added = np.empty(self._lines // 2 - self._used, dtype=np.int32)
        new = look_over(
            texts.data, texts.starts, texts.ends, which, self._fold, self._part,
            self._table, self._table.view(np.uint64), self._sets, added, bits, rows, state,
        )  # fmt: skip
        self._used += new
        words = _words(self._table[added[:new]])
        known = np.zeros(new, dtype=np.uint64)
        for at in np.flatnonzero(self._suspects(words)).tolist():
            known[at] = self._known(words[at])
        self._table.view(np.uint64)[added[:new], KNOWN] = known + FIRST_SET

    def _known(self, word: str) -> int:
        """The set of a word's bits."""
        return self._set(bits_of(folded(word)) & self._asked | self._blurs * _blurs(word))

    def _set(self, bits: int) -> int:
        """Where these bits are kept."""
        number = self._set_of.get(bits)
        if number is None:
            number = self._set_of[bits] = len(self._set_of)
            if number == len(self._sets):
                self._sets = np.concatenate([self._sets, np.zeros_like(self._sets)])
            self._sets[number] = np.frombuffer(bits.to_bytes(self._width * 8, "little"), dtype="<u8")
        return number


def _words(lines: Bytes) -> list[str]:
    """Of lines of the table."""
    from curate.pii.bulk.word_table import LETTERS

    numbers = lines.view(np.uint64)[:, :2].astype(">u8")
    last = numbers.view("S16")[:, 0].tolist()
    before = np.ascontiguousarray(lines[:, LETTERS:]).view("S32")[:, 0].tolist()
    return [(first + end.lstrip(b"\0")).decode() for first, end in zip(before, last, strict=True)]


def _blurs(word: str) -> bool:
    """Whether characters beyond ASCII may be digits, or stand between those of a row."""
    if word.isascii():
        return False
    beyond = folded("".join(c for c in word if not c.isascii()))
    return any(c.isdecimal() or SEPARATOR.match(c) or LOOSE.match(c) for c in beyond)


def _byte_tables() -> tuple[Bytes, Bytes]:
    """`fold` and `part` as `word_table` has them. NUL, which is no white space, becomes a byte that means as
    little."""
    from curate.pii.bulk import word_table

    fold, part = np.arange(256, dtype=np.uint8), np.zeros(256, dtype=np.uint8)
    for code in range(128):
        character = chr(code)
        fold[code] = 0 if character.isspace() else ASCII_TO_SHAPE[code] or 1
        part[code] += word_table.DIGIT if character.isdecimal() else 0
        part[code] += word_table.SEPARATES if SEPARATOR.match(character) else 0
        part[code] += word_table.LOOSE if LOOSE.match(character) else 0
    return fold, part
