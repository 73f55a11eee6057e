"""The words of many texts as hashes: equal words have equal hashes, and that is all that is asked of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.quality.kernels import DELETED, find_echoes, find_loops, hash_words, mark_blocks
from curate.quality.text import folded_character
from schemas.arrays import Bools, Bytes, Ints, Ints32

_BLOCK = 256  # characters


@dataclass(frozen=True, slots=True)
class HashedWords:
    """`hashes[starts[i]:starts[i] + sizes[i]]` are the words of text i, in order."""

    hashes: npt.NDArray[np.uint64]
    starts: Ints
    sizes: Ints32

    def loops(self, longest: int, repeats: int, least: int, share: float) -> Bools:
        """Texts in which a phrase of at most `longest` words follows itself, `repeats` times in all, over
        `least` words and about that share of the text, or a little less."""
        found = np.zeros(len(self.starts), dtype=bool)
        find_loops(self.hashes, self.starts, self.sizes, longest, repeats, least, share, found)
        return found

    def echoes(self, asked: Ints, least: int, more: int) -> Bools:
        """Of the texts `asked`, those whose words, `least` or more, all stand in the text after them in a
        row, with at most `more` others."""
        found = np.zeros(len(asked), dtype=bool)
        find_echoes(self.hashes, self.starts, self.sizes, asked, least, more, found)
        return found


def hashed_words(texts: pa.StringArray, which: Bools) -> HashedWords:
    """The words (`curate.quality.text.words`) of those texts; the others have none."""
    data, starts, ends = text_bytes(texts)
    ends = np.where(which, ends, starts)
    _folding.learn(data[starts[0] : ends.max()] if len(starts) else data[:0])
    hashes = np.empty(int((ends - starts).sum()) // 2 + len(starts), np.uint64)
    sizes = np.empty(len(starts), np.int32)
    written = hash_words(
        data, starts, ends, _folding.ascii, _folding.blocks, _folding.starts, _folding.codes, hashes, sizes
    )
    return HashedWords(hashes[:written], np.cumsum(sizes, dtype=np.int64) - sizes, sizes)


def text_bytes(texts: pa.StringArray) -> tuple[Bytes, Ints, Ints]:
    """The UTF-8 of all texts, and where each starts and ends in it. None of them is null."""
    _, offsets, data = texts.buffers()
    if not len(texts):
        return np.empty(0, np.uint8), np.empty(0, np.int64), np.empty(0, np.int64)
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return np.frombuffer(data or b"", np.uint8), places[:-1], places[1:]


class Folding:
    """What characters become in words, as tables for the kernels, block by block as texts have need of them.

    Character c has the entry `e = blocks[c // 256] + c % 256`, and becomes `codes[starts[e]:starts[e + 1]]`,
    where 0 is what stands between words. `ascii` has the same of ASCII, DELETED for what becomes nothing.
    """

    def __init__(self) -> None:
        self.blocks: Ints32 = np.full(0x110000 // _BLOCK, -1, np.int32)
        self.starts: Ints32 = np.zeros(1, np.int32)
        self.codes: Ints32 = np.empty(0, np.int32)
        self._add(0)
        folded = [self.codes[self.starts[c] : self.starts[c + 1]] for c in range(128)]
        self.ascii: Bytes = np.array([f[0] if len(f) else DELETED for f in folded], np.uint8)

    def learn(self, data: Bytes) -> None:
        """Adds the blocks of the characters in `data`, UTF-8."""
        if int(data.max(initial=0)) < 0x80:
            return
        needed = np.zeros(len(self.blocks), dtype=bool)
        mark_blocks(data, needed)
        for block in np.flatnonzero(needed & (self.blocks < 0)).tolist():
            self._add(block)

    def _add(self, block: int) -> None:
        folded = [folded_character(code) for code in range(block * _BLOCK, (block + 1) * _BLOCK)]
        codes = [0 if character == " " else ord(character) for text in folded for character in text]
        lengths = np.cumsum([len(text) for text in folded], dtype=np.int32)
        self.blocks[block] = len(self.starts) - 1
        self.starts = np.concatenate([self.starts, self.starts[-1] + lengths])
        self.codes = np.concatenate([self.codes, np.array(codes, np.int32)])


_folding = Folding()
