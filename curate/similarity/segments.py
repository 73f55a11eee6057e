"""Segment: many sets by their hashes, with what stands in the prefix of each, to be looked up by shingle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from curate.similarity.hashing import nearest
from curate.similarity.prefixes import counted, few_prefixes, low_bits, prefix_keys
from curate.similarity.sets import Sets
from curate.similarity.shingles import FEW, Shingles
from schemas.arrays import Bools, Ints, Uint32s, Uint64s

_COMMON, _TIMES_MEAN = 16, 4  # a shingle is common that stands oftener than this, and so many times the mean
NONE = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Segment:
    """`sets` ascend. `keys` do, too: a shingle of a prefix in the upper bits, the number of its set in those
    of `low`. `counts` is the order of shingles in which prefixes are taken: how often each stands that is
    common."""

    sets: Uint64s
    keys: Uint64s
    counts: Uint32s

    @classmethod
    def empty(cls, counts: Uint32s) -> Self:
        return cls(NONE, NONE, counts)

    @classmethod
    def of(cls, sets: Sets, hashes: Uint64s, threshold: float, counts: Uint32s) -> Self:
        """The sets with these hashes, of which none is empty or stands twice."""
        if len(sets) < FEW:
            shingles = np.concatenate([NONE, *(sets[at] for at in range(len(sets)))])
            few = Shingles(shingles, sets.sizes, sets.sizes, hashes, hashes)
            return cls.of_few(hashes, *few_prefixes(few, threshold, counts), counts)
        order = np.argsort(hashes)
        keys, _, _ = prefix_keys(sets.some(order), threshold, counts)
        return cls(hashes[order], keys, counts)

    @classmethod
    def of_few(cls, hashes: Uint64s, owners: Ints, shingles: Uint64s, counts: Uint32s) -> Self:
        """The same from `few_prefixes`."""
        sets, number = np.unique(hashes, return_inverse=True)
        return cls(sets, _keys(shingles, number[owners], len(sets)), counts)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        counts = np.zeros(1 << int(arrays["bits"][0]), np.uint32)
        counts[arrays["slots"]] = arrays["times"]
        return cls(arrays["sets"], arrays["keys"], counts)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        slots = np.flatnonzero(self.counts).astype(np.uint64)
        bits = np.array([len(self.counts).bit_length() - 1])
        times = self.counts[slots]
        return {"keys": self.keys, "sets": self.sets, "slots": slots, "times": times, "bits": bits}

    @property
    def low(self) -> np.uint64:
        return low_bits(len(self.sets))

    def has(self, hashes: Uint64s) -> Bools:
        if not len(self.sets):
            return np.zeros(len(hashes), dtype=bool)
        return np.asarray(self.sets[nearest(self.sets, hashes)] == hashes)

    def with_(self, other: "Segment") -> "Segment":
        """These sets and those, which are in the same order of shingles."""
        sets = np.union1d(self.sets, other.sets)
        keys = [
            _keys(one.keys, np.searchsorted(sets, one.sets)[one.keys & one.low], len(sets))
            for one in (self, other)
        ]
        return Segment(sets, np.sort(np.concatenate(keys)), self.counts)

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


def common(sets: Sets, bits: int) -> Uint32s:
    """How often each shingle stands that is common, by the highest `bits` bits of its hash, 0 for the others.
    Rows that begin alike, as under one template, have shingles in common that say nothing; among rare ones
    any is as good as another."""
    if len(sets) >= FEW:
        counts = counted(sets, bits)
    else:
        shingles = np.concatenate([NONE, *(sets[at] for at in range(len(sets)))])
        counts = np.bincount(shingles >> np.uint64(64 - bits), minlength=1 << bits).astype(np.uint32)
    counts[counts <= max(_COMMON, _TIMES_MEAN * (int(sets.sizes.sum()) >> bits))] = 0
    return counts
