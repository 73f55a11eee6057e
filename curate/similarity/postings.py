"""The prefixes of all sets that a search has seen, on disk: whom a new set may be alike is looked up there.

Sets are known by their hashes alone, so that this outlives the rows, and several searches of one part share
it. It holds more sets than there are rows by now; what is met of these is no node of a search, and left out.

Two files: the base, in the order of shingles of the day when it was made, and what came since. That is in the
same order and one day part of the base; or in one of its own, where sets came that have other shingles in
common than the base knows of, as rows have that were redacted: in the base's order these would stand in
prefixes, and all such rows be met by each new one.

Either file may be lost, or be older than the other: a set that stands in both is met twice, and one that
stands in neither is added by whoever asks.
"""

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Self

import numpy as np

from curate.similarity.features import Part
from curate.similarity.prefixes import few_prefixes, table_bits
from curate.similarity.segments import Segment, common
from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles
from schemas.arrays import Bools, Ints, Uint64s
from schemas.stage import Rows

_VERSION = 3
_MOST_BITS = 22  # of the table that shingles are counted in: it is held whole
_BASE, _SINCE = 4, 8  # the base holds no more than so many times the sets asked for, and what came since one
# part in so many of the base, before they are made one
_APART = 2  # what came since in an order of its own is no more than one part in so many of the base

_NO_STATES = np.empty(0, np.uint64)

Prefixes = tuple[Ints, Uint64s]  # whose prefix, and the shingle as it stands in keys


@dataclass(frozen=True, slots=True)
class Postings:
    """`states` has a number for each time that sets were added: who knows one of them knows that what was
    there then is there now. The first is that of the base, whatever becomes part of it."""

    name: str
    base: Segment
    since: Segment
    states: Uint64s

    @classmethod
    def of(cls, name: str, sets: Sets, hashes: Uint64s, threshold: float) -> "Postings":
        """Those of these sets, in an order of their own."""
        order = common(sets, min(table_bits(int(sets.sizes.sum())), _MOST_BITS))
        first = Segment.of(sets, hashes, threshold, order)
        return cls(name, Segment.empty(order), first, _after(_NO_STATES, first))

    @classmethod
    def kept(cls, rows: Rows, part: Part, n: int, threshold: float) -> Self | None:
        name = _name(part, n, threshold)
        kept = rows.kept(f"{name}/base", mapped=True)
        if not kept:
            return None
        base = Segment.of_arrays(kept)
        since = rows.kept(f"{name}/since")
        if not since or since["states"][0] != kept["state"][0]:  # lost, or of another base
            return cls(name, base, Segment.empty(base.counts), kept["state"])
        apart = "slots" in since
        more = Segment.of_arrays(since) if apart else Segment(since["sets"], since["keys"], base.counts)
        return cls(name, base, more, since["states"])

    @property
    def state(self) -> np.uint64:
        """The last of `states`."""
        last: np.uint64 = self.states[-1]
        return last

    @property
    def apart(self) -> bool:
        """Whether what came since is in an order of its own."""
        return self.since.counts is not self.base.counts

    def has(self, hashes: Uint64s) -> Bools:
        found = self.base.has(hashes)
        found[~found] = self.since.has(hashes[~found])
        return found

    def covers(self, has: Bools) -> bool:
        """Whether it has most of some sets, as `has` says, and not too many others."""
        lacking = int(np.count_nonzero(~has))
        return lacking <= len(has) // _BASE and not self.too_many_for(len(has))

    def too_many_for(self, sets: int) -> bool:
        """Whether most of what it has is none of so many sets, or much of it apart."""
        apart = len(self.since.sets) if self.apart else 0
        return len(self.base.sets) > _BASE * sets or apart * _APART > len(self.base.sets)

    def with_few(self, hashes: Uint64s, prefixes: Prefixes) -> "Postings":
        """With the sets of these hashes, whose prefixes are in the order of what came since."""
        return self._with(Segment.of_few(hashes, *prefixes, self.since.counts))

    def with_all(self, sets: Sets, hashes: Uint64s, threshold: float) -> "Postings":
        """With those of the sets of these hashes that are not there."""
        new = np.flatnonzero(~self.has(hashes))
        own = common(sets.some(new), len(self.since.counts).bit_length() - 1)
        if not ((own > 0) & (self.since.counts == 0)).any():
            return self._with(Segment.of(sets.some(new), hashes[new], threshold, self.since.counts))
        # Everything that came since is cut anew; what is none of these sets any more goes.
        new = np.flatnonzero(~self.base.has(hashes))
        since = Segment.of(sets.some(new), hashes[new], threshold, np.maximum(own, self.since.counts))
        return replace(self, since=since, states=_after(self.states[:1], since))

    def _with(self, more: Segment) -> "Postings":
        return replace(self, since=self.since.with_(more), states=_after(self.states, more))

    def prefixes(self, shingles: Shingles, threshold: float) -> tuple[Prefixes, Prefixes]:
        """In the order of the base, and in that of what came since."""
        mine = few_prefixes(shingles, threshold, self.base.counts)
        return mine, few_prefixes(shingles, threshold, self.since.counts) if self.apart else mine

    def met(self, prefixes: tuple[Prefixes, Prefixes], most: int) -> tuple[Ints, Uint64s] | None:
        """Whose prefix has a shingle with that of which set in common; None where more than `most` do."""
        owners, sets = [], []
        for segment, (own, shingles) in zip((self.base, self.since), prefixes, strict=True):
            order = np.argsort(shingles)
            found = segment.met(shingles[order], most)
            if found is None:
                return None
            owners.append(own[order[found[0]]])
            sets.append(found[1])
        return np.concatenate(owners), np.concatenate(sets)

    def keep(self, rows: Rows) -> None:
        """Keeps what came since, with the base where it has become too much."""
        since = self.since
        if not self.apart and len(since.sets) * _SINCE > len(self.base.sets):
            rows.keep(f"{self.name}/base", {**self.base.with_(since).arrays(), "state": self.states[:1]})
            since = Segment.empty(since.counts)
        arrays = since.arrays() if self.apart else {"sets": since.sets, "keys": since.keys}
        rows.keep(f"{self.name}/since", {**arrays, "states": self.states})


def keep_postings(
    rows: Rows, part: Part, n: int, threshold: float, sets: Sets, hashes: Uint64s, *, anew: bool
) -> np.uint64:
    """Sees to it that all of these sets are kept, by their hashes; `anew`, in an order of their own. Returns
    the state that they are in then."""
    spoken = np.flatnonzero(sets.sizes > 0)
    sets, hashes = sets.some(spoken), hashes[spoken]
    known = None if anew else Postings.kept(rows, part, n, threshold)
    if known is not None:
        has = known.has(hashes)
        covered = known.covers(has)
        if covered and has.all():
            return known.state
        known = known.with_all(sets, hashes, threshold) if covered else None
    if known is None:
        known = Postings.of(_name(part, n, threshold), sets, hashes, threshold)
    known.keep(rows)
    return known.state


def _after(states: Uint64s, more: Segment) -> Uint64s:
    """The states when these sets have been added."""
    before = states[-1:].tobytes()
    added = blake2b(more.sets.tobytes() + more.keys.tobytes(), key=before, digest_size=8).digest()
    return np.append(states, np.frombuffer(added, np.uint64))


def _name(part: Part, n: int, threshold: float) -> str:
    return f"postings/{_VERSION}/{part}/{n}/{threshold}"
