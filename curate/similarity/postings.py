"""The prefixes of all sets that a search has seen, on disk: whom a new set may be alike is looked up there.

Sets are known by their hashes alone, so that this outlives the rows, and several searches of one part share
it. It holds more sets than there are rows by now; what is met of these is no node of a search, and left out.
The order of the shingles is that of the day when the base was made.

Two files: the base, and what came since. Either may be lost, or be older than the other: a set that stands in
both is met twice, and one that stands in neither is added by whoever asks.
"""

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from curate.similarity.features import Part
from curate.similarity.hashing import Bools, Ints, Uint32s, Uint64s
from curate.similarity.prefixes import counted, few_prefixes, low_bits, prefix_keys, table_bits
from curate.similarity.sets import Sets
from curate.similarity.shingles import FEW, Shingles
from schemas.stage import Rows

_VERSION = 2
_MOST_BITS = 22  # of the table that shingles are counted in: it is held whole
_COMMON, _TIMES_MEAN = 16, 4  # a shingle is common that stands oftener than this, and so many times the mean
_BASE, _SINCE = 4, 8  # the base holds no more than so many times the sets asked for, and what came since one
# part in so many of the base, before they are made one
_NONE = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Segment:
    """`sets` ascend. `keys` do, too: a shingle of a prefix in the upper bits, the number of its set in those
    of `low`."""

    sets: Uint64s
    keys: Uint64s

    @classmethod
    def of(cls, sets: Sets, hashes: Uint64s, threshold: float, counts: Uint32s) -> Self:
        """The sets with these hashes, of which none is empty or stands twice."""
        order = np.argsort(hashes)
        keys, _, _ = prefix_keys(sets.some(order), threshold, counts)
        return cls(hashes[order], keys)

    @classmethod
    def of_few(cls, hashes: Uint64s, owners: Ints, shingles: Uint64s) -> Self:
        """The same from `few_prefixes`."""
        sets, number = np.unique(hashes, return_inverse=True)
        return cls(sets, _keys(shingles, number[owners], len(sets)))

    @property
    def low(self) -> np.uint64:
        return low_bits(len(self.sets))

    def has(self, hashes: Uint64s) -> Bools:
        if not len(self.sets):
            return np.zeros(len(hashes), dtype=bool)
        place = np.minimum(np.searchsorted(self.sets, hashes), len(self.sets) - 1)
        return np.asarray(self.sets[place] == hashes)

    def with_(self, other: "Segment") -> "Segment":
        """These sets and those."""
        sets = np.union1d(self.sets, other.sets)
        keys = [
            _keys(one.keys, np.searchsorted(sets, one.sets)[one.keys & one.low], len(sets))
            for one in (self, other)
        ]
        return Segment(sets, np.sort(np.concatenate(keys)))

    def met(self, shingles: Uint64s, most: int) -> tuple[Ints, Uint64s] | None:
        """Which of the shingles, ascending, stands in the prefix of which set; None where more than `most`
        do."""
        low = self.low
        starts = np.searchsorted(self.keys, shingles & ~low)
        ends = np.searchsorted(self.keys, shingles | low, side="right")
        times = ends - starts
        if int(times.sum()) > most:
            return None
        within = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
        numbers = self.keys[np.repeat(starts, times) + within] & low
        return np.repeat(np.arange(len(shingles)), times), self.sets[numbers]


def _keys(shingles: Uint64s, numbers: Ints, sets: int) -> Uint64s:
    low = low_bits(sets)
    return np.sort((shingles & ~low) | numbers.astype(np.uint64))


@dataclass(frozen=True, slots=True)
class Postings:
    """`counts` is the order of shingles: how often each stands that is common. `states` has a number for each
    time that sets were added: who knows one of them knows that what was there then is there now."""

    name: str
    counts: Uint32s
    base: Segment
    since: Segment
    states: Uint64s

    @classmethod
    def empty(cls, name: str, counts: Uint32s) -> Self:
        slots = np.flatnonzero(counts).astype(np.uint64)
        none = Segment(_NONE, _NONE)
        return cls(name, counts, none, none, _first(slots, counts[slots]))

    @classmethod
    def kept(cls, rows: Rows, part: Part, n: int, threshold: float) -> Self | None:
        name = _name(part, n, threshold)
        base = rows.kept(f"{name}/base", mapped=True)
        if not base:
            return None
        counts = np.zeros(1 << int(base["bits"][0]), np.uint32)
        counts[base["slots"]] = base["times"]
        since, states = rows.kept(f"{name}/since"), _first(base["slots"], base["times"])
        if not since or since["states"][0] != states[0]:  # lost, or of another order
            since = {"sets": _NONE, "keys": _NONE, "states": states}
        known = Segment(base["sets"], base["keys"])
        return cls(name, counts, known, Segment(since["sets"], since["keys"]), since["states"])

    @property
    def state(self) -> np.uint64:
        """The last of `states`."""
        last: np.uint64 = self.states[-1]
        return last

    def has(self, hashes: Uint64s) -> Bools:
        found = self.base.has(hashes)
        found[~found] = self.since.has(hashes[~found])
        return found

    def covers(self, has: Bools) -> bool:
        """Whether it has most of some sets, as `has` says, and not too many others."""
        lacking = int(np.count_nonzero(~has))
        return lacking <= len(has) // _BASE and not self.too_many_for(len(has))

    def too_many_for(self, sets: int) -> bool:
        """Whether most of what it has is none of so many sets."""
        return len(self.base.sets) > _BASE * sets

    def with_(self, more: Segment) -> "Postings":
        added = blake2b(more.sets.tobytes(), key=self.state.tobytes(), digest_size=8).digest()
        states = np.append(self.states, np.frombuffer(added, np.uint64))
        return replace(self, since=self.since.with_(more), states=states)

    def prefixes(self, shingles: Shingles, threshold: float) -> tuple[Ints, Uint64s]:
        """As `few_prefixes` in this order."""
        return few_prefixes(shingles, threshold, self.counts)

    def met(self, shingles: Uint64s, most: int) -> tuple[Ints, Uint64s] | None:
        """As that of a segment, the shingles in any order."""
        order = np.argsort(shingles)
        ordered = shingles[order]
        found = [segment.met(ordered, most) for segment in (self.base, self.since)]
        both = [one for one in found if one is not None]
        if len(both) < len(found):
            return None
        return order[np.concatenate([one for one, _ in both])], np.concatenate([sets for _, sets in both])

    def keep(self, rows: Rows) -> None:
        """Keeps what came since, with the base where it has become too much."""
        since = self.since
        if len(since.sets) * _SINCE > len(self.base.sets):
            base = self.base.with_(since)
            slots = np.flatnonzero(self.counts).astype(np.uint64)
            arrays: dict[str, npt.NDArray[Any]] = {
                "keys": base.keys,
                "sets": base.sets,
                "slots": slots,
                "times": self.counts[slots],
                "bits": np.array([len(self.counts).bit_length() - 1]),
            }
            rows.keep(f"{self.name}/base", arrays)
            since = Segment(_NONE, _NONE)
        rows.keep(f"{self.name}/since", {"keys": since.keys, "sets": since.sets, "states": self.states})


def keep_postings(
    rows: Rows, part: Part, n: int, threshold: float, sets: Sets, hashes: Uint64s, *, anew: bool
) -> np.uint64:
    """Sees to it that all of these sets are kept, by their hashes; `anew`, in an order of their own. Returns
    the state that they are in then."""
    spoken = np.flatnonzero(sets.sizes > 0)
    sets, hashes = sets.some(spoken), hashes[spoken]
    known = None if anew else Postings.kept(rows, part, n, threshold)
    has = np.zeros(len(hashes), dtype=bool) if known is None else known.has(hashes)
    if known is None or not known.covers(has):
        known = Postings.empty(_name(part, n, threshold), _common(sets))
        has = np.zeros_like(has)
    new = np.flatnonzero(~has)
    if len(new):
        known = known.with_(_segment(sets.some(new), hashes[new], threshold, known.counts))
        known.keep(rows)
    return known.state


def _segment(sets: Sets, hashes: Uint64s, threshold: float, counts: Uint32s) -> Segment:
    if len(sets) >= FEW:
        return Segment.of(sets, hashes, threshold, counts)
    shingles = np.concatenate([_NONE, *(sets[at] for at in range(len(sets)))])
    few = Shingles(shingles, sets.sizes, sets.sizes, hashes, hashes)
    return Segment.of_few(hashes, *few_prefixes(few, threshold, counts))


def _common(sets: Sets) -> Uint32s:
    """How often each shingle stands that is common, 0 for the others. Rows that begin alike, as under one
    template, have shingles in common that say nothing; among rare ones any is as good as another."""
    total = int(sets.sizes.sum())
    bits = min(table_bits(total), _MOST_BITS)
    if len(sets) >= FEW:
        counts = counted(sets, bits)
    else:
        shingles = np.concatenate([_NONE, *(sets[at] for at in range(len(sets)))])
        counts = np.bincount(shingles >> np.uint64(64 - bits), minlength=1 << bits).astype(np.uint32)
    counts[counts <= max(_COMMON, _TIMES_MEAN * (total >> bits))] = 0
    return counts


def _first(slots: Uint64s, times: Uint32s) -> Uint64s:
    """The state before any set was added: a number for the order of shingles."""
    return np.frombuffer(blake2b(slots.tobytes() + times.tobytes(), digest_size=8).digest(), np.uint64)


def _name(part: Part, n: int, threshold: float) -> str:
    return f"postings/{_VERSION}/{part}/{n}/{threshold}"
