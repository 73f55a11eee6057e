"""All that a table stage may know of its rows: of each its key, and a mark for what stands beside it.

A row whose key or mark is another than in an earlier build is another row. A mark is a hash of 64 bits: two
states of one row have the same by a chance of 1 in 10^19.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self

import numpy as np

from curate.flow.keys import Ids, Keys, digest, no_keys, numbers, places
from curate.similarity.hashing import mixed, numbers_of
from schemas.arrays import Ints, Uint64s

_BLOCK = 256  # rows
_MOST_LOOKED_AT = 32  # times as many as there are; from then on, looking them all up is quicker


@dataclass(frozen=True, slots=True, eq=False)
class RowStates:
    """`keys` and `marks` have an entry a row."""

    keys: Keys
    marks: Uint64s

    @classmethod
    def none(cls) -> Self:
        return cls(no_keys(), np.empty(0, np.uint64))

    def facts(self) -> str:
        """A name for them; rows of the same name need not be the same."""
        return digest([numbers(self.keys).tobytes(), self.marks.tobytes()])

    def same(self, other: "RowStates") -> bool:
        return np.array_equal(self.marks, other.marks) and np.array_equal(self.keys, other.keys)

    def has_all(self, others: "RowStates") -> bool:
        """Whether all of the others are among these, in the same order."""
        to = self.now_in(others)
        return to is not None and int(np.count_nonzero(to >= 0)) == len(others.keys)

    def now_in(self, now: "RowStates") -> Ints | None:
        """Where each of these rows is now, -1 where it is not; None where rows changed places."""
        to = now_at(self.keys, now.keys)
        if to is None or len(self.marks) != len(to):
            return None
        here = np.flatnonzero(to >= 0)
        to[here[self.marks[here] != now.marks[to[here]]]] = -1
        return to


def marks_of(one: Ids, other: Ids) -> Uint64s:
    """Marks for what stands of each row in two columns; 0 for nothing."""
    marks = numbers_of(one)
    both = np.flatnonzero(other != b"")
    marks[both] = mixed(~marks[both]) ^ numbers_of(other[both])
    return marks


def add_marks(marks: Uint64s, rows: Ints, some: Ints, told: Sequence[str]) -> None:
    """Marks those of the `rows`, which ascend as `some` do, that are among `some`, for what is `told` of
    each of these."""
    at = np.searchsorted(rows, some)
    here = np.flatnonzero(at < len(rows))
    here = here[rows[at[here]] == some[here]]
    hashed = [blake2b(told[n].encode(), digest_size=8).digest() for n in here.tolist()]
    marks[at[here]] ^= np.frombuffer(b"".join(hashed), np.uint64)


def now_at(before: Keys, now: Keys) -> Ints | None:
    """Where each row of `before` is now, -1 where it is not; None where rows changed places. A row that is
    found is the same one and in the same order as the others; where nearly all are new, some are not found.
    """
    then, here = numbers(before), numbers(now)
    left = _MOST_LOOKED_AT * (len(then) + len(here))
    to = np.full(len(before), -1)
    old = new = 0
    while old < len(then) and new < len(here):
        same = _run(then[old:], here[new:])
        if not np.array_equal(before[old : old + same], now[new : new + same]):  # and not only their numbers
            return _looked_up(before, now)
        to[old : old + same] = np.arange(new, new + same)
        old, new = old + same, new + same
        if old == len(then) or new == len(here):
            break
        if left < 0:
            return _looked_up(before, now)
        went, came = _first(then[old:], here[new]), _first(here[new:], then[old])
        if went is not None and came is not None:
            return None
        left -= len(then) - old if went is None else went
        left -= len(here) - new if came is None else came
        old += went if went is not None else int(came is None)
        new += came if came is not None else int(went is None)
    return to


def _looked_up(before: Keys, now: Keys) -> Ints | None:
    to = places(now, before)
    here = to[to >= 0]
    return to if (here[1:] > here[:-1]).all() else None


def _run(one: Uint64s, other: Uint64s) -> int:
    """How many are equal before the first that is not."""
    most = min(len(one), len(other))
    start, size = 0, _BLOCK
    while start < most:
        end = min(start + size, most)
        different = one[start:end] != other[start:end]
        if different.any():
            return start + int(different.argmax())
        start, size = end, size * 4
    return most


def _first(words: Uint64s, word: np.uint64) -> int | None:
    """Where it stands first."""
    start, size = 0, _BLOCK
    while start < len(words):
        found = words[start : start + size] == word
        if found.any():
            return start + int(found.argmax())
        start, size = start + size, size * 4
    return None
