"""The different shingle sets of some rows: what is known of them without reading any."""

from dataclasses import dataclass

import numpy as np

from curate.similarity.hashing import nearest
from schemas.arrays import Bools, Ints, Ints32, Uint64s


@dataclass(frozen=True, slots=True)
class Different:
    """Sets are numbered by their `hashes`, which ascend; none is empty. Of each its size, and one of the
    `rows` that have it."""

    hashes: Uint64s
    sizes: Ints32
    rows: Ints

    @classmethod
    def of(cls, hashes: Uint64s, sizes: Ints32, rows: Ints) -> "Different":
        """Those of rows, which have sets of these hashes and sizes."""
        order, first = _ascending(hashes, sizes)
        order = order[first]
        return cls(hashes[order], sizes[order], rows[order])

    @classmethod
    def numbered(cls, hashes: Uint64s, sizes: Ints32) -> "tuple[Different, Ints]":
        """Those of all rows, and the number of the set of each, -1 for an empty one."""
        order, first = _ascending(hashes, sizes)
        number = np.full(len(hashes), -1)
        number[order] = np.cumsum(first) - 1
        order = order[first]
        return cls(hashes[order], sizes[order], order), number

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def shingles(self) -> int:
        """Of all sets together."""
        return int(self.sizes.sum())

    def numbers(self, hashes: Uint64s) -> Ints:
        """The number of each, or -1."""
        place, here = looked_up(self.hashes, hashes)
        return np.where(here, place, -1)

    def by_row(self, numbers: Ints) -> Ints:
        """The same in the order of their rows."""
        return numbers[np.argsort(self.rows[numbers])]


def _ascending(hashes: Uint64s, sizes: Ints32) -> tuple[Ints, Bools]:
    """The rows with words by the hashes of their sets, and which of them are the first of one."""
    spoken = np.flatnonzero(sizes > 0)
    order = spoken[np.argsort(hashes[spoken])]
    ascending = hashes[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = ascending[1:] != ascending[:-1]
    return order, first


def looked_up(ascending: Uint64s, hashes: Uint64s) -> tuple[Ints, Bools]:
    """Where in `ascending` each hash stands, and whether it does."""
    if not len(ascending):
        return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), dtype=bool)
    place = nearest(ascending, hashes)
    return place, np.asarray(ascending[place] == hashes)
