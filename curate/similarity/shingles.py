"""Shingles: the set of a text's word n-grams, each as a stable 64-bit number.

A text of fewer than n words has one shingle, all of it; so a text has n-grams of one size only, and n-grams
of different sizes are never equal. Jaccard is then exact on fixed sets, which MinHash needs. It follows that
two texts of fewer than n words are alike when their folded words are the same, and not otherwise.
"""

import hashlib
from collections.abc import Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.words import words

Uint64s = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing modulo 2^64


def jaccard(a: Set[Any], b: Set[Any]) -> float:
    """Elements in both over elements in either. Two empty sets have nothing in common: 0."""
    both = len(a & b)
    return both / (len(a) + len(b) - both) if both else 0.0


class Shingles:
    """The shingle sets of many texts, row by row in one array.

    `hashes` holds all sets one after another, each sorted and without repeats; row i is
    `hashes[starts[i]:starts[i + 1]]`. A text without words has the empty set.
    """

    def __init__(self, texts: Sequence[str], n: int) -> None:
        vocabulary = _Vocabulary()
        tokens: list[int] = []
        lengths = np.zeros(len(texts), dtype=np.int64)
        for row, text in enumerate(texts):
            numbers = [vocabulary[word] for word in words(text)]
            lengths[row] = len(numbers)
            tokens += numbers
        rows, hashes = _ngrams(np.array(tokens, dtype=np.uint64), lengths, n)
        order = np.lexsort((hashes, rows))
        rows, hashes = rows[order], hashes[order]
        first = np.ones(len(rows), dtype=bool)
        first[1:] = (rows[1:] != rows[:-1]) | (hashes[1:] != hashes[:-1])
        self.hashes: Uint64s = hashes[first]
        self.sizes: Ints = np.bincount(rows[first], minlength=len(texts)).astype(np.int64)
        self.starts: Ints = np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)
        distinct, inverse = np.unique(self.hashes, return_inverse=True)
        self._numbers = inverse.astype(np.int32)
        self._own = np.zeros(len(distinct), dtype=bool)  # scratch: which shingles the row asked about has

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, row: int) -> Uint64s:
        return self.hashes[self.starts[row] : self.starts[row + 1]]

    def similarities(self, row: int, others: Ints) -> npt.NDArray[np.float64]:
        """Exact Jaccard of `row` with each of `others`."""
        if not self.sizes[row] or not len(others):
            return np.zeros(len(others))
        own = self._numbers[self.starts[row] : self.starts[row + 1]]
        sizes = self.sizes[others]
        ends = np.cumsum(sizes)
        flat = np.arange(ends[-1]) + np.repeat(self.starts[others] - (ends - sizes), sizes)
        self._own[own] = True
        hits = np.concatenate([[0], np.cumsum(self._own[self._numbers[flat]])])
        self._own[own] = False
        both = hits[ends] - hits[ends - sizes]
        return np.asarray(both / (len(own) + sizes - both), dtype=np.float64)


class _Vocabulary(dict[str, int]):
    def __missing__(self, word: str) -> int:
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self[word] = number = int.from_bytes(digest, "little")
        return number


def _ngrams(tokens: Uint64s, lengths: Ints, n: int) -> tuple[Ints, Uint64s]:
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
        found.append((rows[:reach][whole], _mixed(rolling[whole])))
    return np.concatenate([r for r, _ in found]), np.concatenate([h for _, h in found])


def _mixed(h: Uint64s) -> Uint64s:
    """MurmurHash3's 64-bit finaliser: every bit of the result depends on every bit of `h`."""
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))
