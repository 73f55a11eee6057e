"""Texts with the same shingle set as one node, so that copies cost nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.similarity.shingles import Shingles
from schemas.arrays import Bools, Ints, Ints32, Uint64s


@dataclass(frozen=True, slots=True)
class Sets:
    """Distinct shingle sets, numbered by first appearance; set i is `hashes[starts[i]:starts[i] + sizes[i]]`.

    `node_of` is the number of each text's set. No words make a set too, the empty one.
    """

    hashes: Uint64s
    starts: Ints
    sizes: Ints32
    node_of: Ints

    @classmethod
    def of(cls, shingles: Shingles, rows: Ints | None = None) -> "Sets":
        """The sets of `rows` in their order, of all rows when not given."""
        rows = np.arange(len(shingles)) if rows is None else rows
        node_of, first = numbered(shingles.sets[rows])
        firsts = rows[first]
        if not _equal(shingles, rows, firsts[node_of]):
            raise AssertionError("two shingle sets with one 64-bit hash: a chance of 1 in 10^7 for 10^6 rows")
        return cls(shingles.hashes, shingles.starts[firsts], shingles.sizes[firsts], node_of)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, node: int) -> Uint64s:
        return self.hashes[self.starts[node] : self.starts[node] + self.sizes[node]]

    def of_texts(self, keys: Uint64s) -> Uint64s:
        """The key of each set, of those that all texts have: equal for texts of one set."""
        found = np.empty(len(self), np.uint64)
        found[self.node_of] = keys
        return found

    def some(self, nodes: Ints) -> "Sets":
        """These sets alone, renumbered in this order; `node_of` does not follow."""
        return Sets(self.hashes, self.starts[nodes], self.sizes[nodes], np.arange(len(nodes)))


def numbered(keys: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """The number of each key by first appearance, and where each number appears first. Keys are numbers, or
    strings of one width: sorting a million of those takes four times as long as hashing them does."""
    found = _array(keys).dictionary_encode()
    number = found.indices.to_numpy().astype(np.int64)
    first = np.empty(len(found.dictionary), dtype=np.int64)
    first[number[::-1]] = np.arange(len(number))[::-1]
    return number, first


def among(ids: npt.NDArray[np.bytes_], some: Iterable[str]) -> Ints:
    """Where one of `some` stands."""
    own = [each for each in map(str.encode, some) if len(each) <= ids.dtype.itemsize]
    wanted = np.array(own, ids.dtype)
    found = pc.is_in(_array(ids), _array(wanted)).to_numpy(zero_copy_only=False)
    return np.flatnonzero(found)


def has_any(keys: Uint64s, some: Uint64s) -> Bools:
    """For each key whether it is one of `some`."""
    found: Bools = pc.is_in(_array(keys), _array(some)).to_numpy(zero_copy_only=False)
    return found


def _array(keys: npt.NDArray[Any]) -> pa.Array:
    kind = pa.uint64() if keys.dtype == np.uint64 else pa.binary(keys.dtype.itemsize)
    return pa.Array.from_buffers(kind, len(keys), [None, pa.py_buffer(np.ascontiguousarray(keys))])


def _equal(shingles: Shingles, rows: Ints, others: Ints) -> bool:
    """Whether each row has the same set as its other row."""
    differ = rows != others
    rows, others = rows[differ], others[differ]
    if not np.array_equal(shingles.sizes[rows], shingles.sizes[others]):
        return False
    sizes = shingles.sizes[rows].astype(np.int64)
    for low in range(0, len(rows), 65536):
        part = slice(low, low + 65536)
        within = np.arange(sizes[part].sum()) - np.repeat(np.cumsum(sizes[part]) - sizes[part], sizes[part])
        a = shingles.hashes[np.repeat(shingles.starts[rows[part]], sizes[part]) + within]
        if not np.array_equal(
            a, shingles.hashes[np.repeat(shingles.starts[others[part]], sizes[part]) + within]
        ):
            return False
    return True
