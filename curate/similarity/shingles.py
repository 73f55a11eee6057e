"""Shingles: the set of a text's word n-grams, each as a stable 64-bit number.

A text of fewer than n words has one shingle, all of it; so a text has n-grams of one size only, and n-grams
of different sizes are never equal. Jaccard is then exact on fixed sets, which MinHash needs. It follows that
two texts of fewer than n words are alike when their folded words are the same, and not otherwise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.similarity.folding import ascii_table, tables
from curate.similarity.hashing import MULTIPLIER, SALT, hash_word, mixed
from curate.similarity.row_texts import encoded
from curate.similarity.threads import cores, each, spans
from curate.similarity.words import words
from schemas.arrays import Bytes, Ints, Ints32, Uint64s

FEW = 4096  # rows that are done in Python before compiled code would have been loaded
_CHUNK = 4096  # rows
_LAST_ASCII = 127
_SMALL = ("hashes_sizes", "counts", "texts", "sets")
_MULTIPLIER = np.uint64(MULTIPLIER)


def jaccard(a: Set[Any], b: Set[Any]) -> float:
    """Elements in both over elements in either. Two empty sets have nothing in common: 0."""
    both = len(a & b)
    return both / (len(a) + len(b) - both) if both else 0.0


class Shingles:
    """The shingle sets of many texts, row by row in one array.

    `hashes` holds all sets one after another, each sorted and without repeats; row i is
    `hashes[starts[i]:starts[i] + sizes[i]]`. A text without words has the empty set. `counts` is the number
    of words of each row, `texts` a hash of its words in order, `sets` a hash of its set.
    """

    def __init__(
        self,
        hashes: Uint64s,
        sizes: Ints32,
        counts: Ints32,
        texts: Uint64s,
        sets: Uint64s,
        starts: Ints | None = None,
    ) -> None:
        self.hashes = hashes
        self.sizes = sizes
        self.counts = counts
        self.texts = texts
        self.sets = sets
        if starts is None:
            starts = np.zeros(len(sizes), dtype=np.int64)
            np.cumsum(sizes[:-1], out=starts[1:])
        self.starts = starts

    @classmethod
    def of(cls, texts: Sequence[str], n: int, *, compiled: bool | None = None) -> "Shingles":
        """The shingles of `texts`; `compiled` None leaves it to their number how they are made."""
        if len(texts) >= FEW if compiled is None else compiled:
            return _compiled(lambda some: _encoded(texts[some]), len(texts), n)
        return _plain(texts, n)

    @classmethod
    def of_column(cls, texts: pa.StringArray, n: int, *, compiled: bool) -> "Shingles":
        """The same of texts that lie in a column."""
        if not compiled:
            return _plain(texts.to_pylist(), n)
        return _compiled(lambda some: encoded(texts[some]), len(texts), n)

    @classmethod
    def joined(cls, parts: Iterable[Mapping[str, npt.NDArray[Any]]], rows: int) -> "Shingles":
        """All rows of the parts, `rows` in all, each part as `arrays` has it. Only one part is held beside
        the whole."""
        hashes = np.empty(0, dtype=np.uint64)
        used = done = 0
        small: list[tuple[npt.NDArray[Any], ...]] = []
        for part in parts:
            done += len(part["counts"])
            hashes = _with(hashes, used, part["hashes"], done, rows)
            used += len(part["hashes"])
            small.append(tuple(part[name] for name in _SMALL))
        return cls(hashes[:used], *_columns(small))

    def at_least(self, words: int) -> "Shingles":
        """The same, rows of fewer words with the empty set."""
        sizes, sets = without_short(self.counts, words, self.sizes, self.sets)
        return Shingles(self.hashes, sizes, self.counts, self.texts, sets, self.starts)

    def hashes_of_sets(self) -> Uint64s:
        """What `sets` should be."""
        return _of_sets(self.hashes, self.sizes)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What `joined` takes."""
        columns = (self.sizes, self.counts, self.texts, self.sets)
        return {"hashes": self.hashes, **dict(zip(_SMALL, columns, strict=True))}

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, row: int) -> Uint64s:
        return self.hashes[self.starts[row] : self.starts[row] + self.sizes[row]]


def without_short(counts: Ints32, words: int, sizes: Ints32, sets: Uint64s) -> tuple[Ints32, Uint64s]:
    """Sizes and hashes of the sets, where a row of fewer words has the empty one."""
    short = counts < words
    return np.where(short, np.int32(0), sizes), np.where(short, np.uint64(0), sets)


def _with(array: Uint64s, used: int, more: Uint64s, done: int, rows: int) -> Uint64s:
    """`array` with `more` behind what is used of it, made longer for all `rows` when it is full."""
    if used + len(more) > len(array):
        longer = np.empty((used + len(more)) * 9 // 8 * rows // max(done, 1) + 1, dtype=array.dtype)
        longer[:used] = array[:used]
        array = longer
    array[used : used + len(more)] = more
    return array


def _columns(parts: Sequence[tuple[npt.NDArray[Any], ...]]) -> Iterator[Any]:
    empty = (np.empty(0, dtype=kind) for kind in (np.int32, np.int32, np.uint64, np.uint64))
    return (np.concatenate(column) for column in zip(tuple(empty), *parts, strict=True))


def _compiled(utf8: Callable[[slice], tuple[Bytes, Ints]], rows: int, n: int) -> Shingles:
    """Of so many rows, of which `utf8` gives some as `encoded` does. Chunk by chunk into one array. Memory
    that was not touched before is dear, so every core keeps the room that it works in."""
    rooms = [_Room() for _ in range(cores())]
    chunks = spans(rows, _CHUNK)
    hashes = np.empty(0, dtype=np.uint64)
    used = 0
    small: list[tuple[npt.NDArray[Any], ...]] = []
    for wave in range(0, len(chunks), len(rooms)):
        several = chunks[wave : wave + len(rooms)]
        done = each(lambda one: one[0].shingle(*utf8(slice(*one[1])), n), zip(rooms, several, strict=False))
        for room, span, (written, arrays) in zip(rooms, several, done, strict=False):
            hashes = _with(hashes, used, room.hashes[:written], span[1], rows)
            used += written
            small.append(arrays)
    return Shingles(hashes[:used], *_columns(small))


class _Room:
    """Where one thread writes the hashes of a chunk."""

    def __init__(self) -> None:
        self.hashes = np.empty(0, dtype=np.uint64)

    def shingle(self, data: Bytes, starts: Ints, n: int) -> tuple[int, tuple[npt.NDArray[Any], ...]]:
        """How many hashes were written, then `sizes`, `counts`, `texts` and `sets`."""
        from curate.similarity.kernels.text import shingle_rows

        rows = len(starts) - 1
        beyond_ascii = bool(data.max(initial=0) > _LAST_ASCII)
        most = len(data) if beyond_ascii else len(data) // 2 + rows
        if most > len(self.hashes):
            self.hashes = np.empty(most, dtype=np.uint64)
        sizes, counts = np.empty(rows, dtype=np.int32), np.empty(rows, dtype=np.int32)
        text, sets = np.empty(rows, dtype=np.uint64), np.empty(rows, dtype=np.uint64)
        used = shingle_rows(
            data, starts, n, ascii_table(), *tables(beyond_ascii), self.hashes, sizes, counts, text, sets
        )
        return used, (sizes, counts, text, sets)


def _encoded(texts: Sequence[str]) -> tuple[Bytes, Ints]:
    """All texts' UTF-8, and where each starts, and the last one ends."""
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    joined = "".join(texts)
    if joined.isascii():
        np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=starts[1:])
        return np.frombuffer(joined.encode("ascii"), dtype=np.uint8), starts
    utf8 = [text.encode("utf-8", "surrogatepass") for text in texts]
    np.cumsum(np.fromiter(map(len, utf8), dtype=np.int64, count=len(texts)), out=starts[1:])
    return np.frombuffer(b"".join(utf8), dtype=np.uint8), starts


def _plain(texts: Sequence[str], n: int) -> Shingles:
    """The same without compiled code."""
    vocabulary = _Vocabulary()
    tokens: list[int] = []
    counts = np.zeros(len(texts), dtype=np.int32)
    for row, text in enumerate(texts):
        numbers = [vocabulary[word] for word in words(text)]
        counts[row] = len(numbers)
        tokens += numbers
    numbered = np.array(tokens, dtype=np.uint64)
    rows, hashes = _ngrams(numbered, counts, n)
    order = np.lexsort((hashes, rows))
    rows, hashes = rows[order], hashes[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (rows[1:] != rows[:-1]) | (hashes[1:] != hashes[:-1])
    rows, hashes = rows[first], hashes[first]
    sizes = np.bincount(rows, minlength=len(texts)).astype(np.int32)
    place = np.arange(len(tokens)) - np.repeat(np.cumsum(counts) - counts, counts)
    powers = np.cumprod(np.full(int(counts.max(initial=0)) + 1, _MULTIPLIER, dtype=np.uint64))
    return Shingles(
        hashes,
        sizes,
        counts,
        mixed(_sums(np.asarray(numbered * powers[place], dtype=np.uint64), counts)),
        _of_sets(hashes, sizes),
    )


def _of_sets(hashes: Uint64s, sizes: Ints32) -> Uint64s:
    """A hash of each set; of so many hashes each, one set after another."""
    return mixed(_sums(mixed(hashes ^ SALT), sizes))


def _sums(values: Uint64s, lengths: Ints32) -> Uint64s:
    """Sum modulo 2^64 of each of the consecutive runs of so many values."""
    ends = np.cumsum(lengths)
    running = np.concatenate([[np.uint64(0)], np.cumsum(values, dtype=np.uint64)])
    return np.asarray(running[ends] - running[ends - lengths])


class _Vocabulary(dict[str, int]):
    def __missing__(self, word: str) -> int:
        self[word] = number = hash_word(word)
        return number


def _ngrams(tokens: Uint64s, lengths: Ints32, n: int) -> tuple[Ints, Uint64s]:
    """Row and hash of every n-gram: a polynomial over the words' hashes, then mixed."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(tokens))  # words from here to the row's end
    size = np.minimum(lengths, n)[rows]
    rolling = np.zeros(len(tokens), dtype=np.uint64)
    found: list[tuple[Ints, Uint64s]] = []
    for m in range(1, n + 1):
        reach = max(len(tokens) - m + 1, 0)
        rolling = rolling[:reach] * _MULTIPLIER + tokens[m - 1 :]
        whole = (size[:reach] == m) & (left[:reach] >= m)
        found.append((rows[:reach][whole], mixed(rolling[whole])))
    return np.concatenate([r for r, _ in found]), np.concatenate([h for _, h in found])
