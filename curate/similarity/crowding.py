"""Whether sets may be added to a search without a bucket of it getting hot, or a run of it long.

As long as none is, the pairs of many sets are the pairs of any few of them, found in whatever way: all of
Jaccard t or more, for bands those of them that share a band. Bounds are kept with the pairs and grow with
every set that is added; where they grow too high, all sets are compared anew, and the bounds with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from curate.similarity import few, minhash
from curate.similarity.additions import Additions
from curate.similarity.hashing import FNV_BASIS, FNV_PRIME, mixed
from curate.similarity.minhash import bands_for
from curate.similarity.pairs import FEW_TIMES, HOT, LONG_RUN
from curate.similarity.prefixes import prefix_lengths, rarest
from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles
from schemas.arrays import Bools, Ints, Uint32s, Uint64s
from schemas.recipe import Dedup
from schemas.stage import Rows

Arrays = Mapping[str, npt.NDArray[Any]]
_TOO_MANY = 2**32
_SINCE = 64  # buckets for each that is listed beside the counts, before it is counted there
FEW = 100_000  # sets; for fewer, loading compiled code takes longer than doing without


class Crowding(Protocol):
    """A search's bounds with some sets added, and what it would have found of their pairs."""

    @property
    def bearable(self) -> bool: ...

    def kept(self, rows: Rows, name: str) -> Arrays:
        """Keeps it under that name, but for the arrays that it returns."""
        ...

    def finds(self, more: Additions) -> Bools: ...


@dataclass(frozen=True, slots=True)
class Runs:
    """Of the exact join: in no prefix is a shingle whose slot counts more than `commonest`.

    Counts of slots are those of the last search of all, and what was `added` to any of them since is one
    number: in a prefix of then no slot counts more than what it counted with all that was added. What counted
    too much then for a prefix of a bearable search counts in none.
    """

    commonest: int
    added: int
    slots: Uint64s
    times: Uint32s

    @classmethod
    def after(cls, kept: Arrays, more: Additions, threshold: float) -> "Runs":
        shift = np.uint64(64 - int(kept["bits"][0]))
        slots, place, here = np.unique(more.own.hashes >> shift, return_inverse=True, return_counts=True)
        counts = np.full(len(slots), FEW_TIMES, np.int64)
        listed, of_listed = np.intersect1d(slots, kept["slots"], assume_unique=True, return_indices=True)[1:]
        counts[listed] = kept["times"][of_listed]
        within = counts <= LONG_RUN // 2
        before = int(kept["added"][0]) if "added" in kept else 0
        added = before + int(here[within].max(initial=0))
        counts = np.where(within, counts + added, _TOO_MANY)[place]
        lengths = prefix_lengths(more.own.sizes, threshold)
        own = counts[rarest(counts, more.own.sizes, lengths)]
        commonest = int(kept["commonest"][0]) + added - before
        return cls(max(commonest, int(own.max(initial=0))), added, kept["slots"], kept["times"])

    @property
    def bearable(self) -> bool:
        return self.commonest <= LONG_RUN // 2

    def kept(self, rows: Rows, name: str) -> Arrays:  # noqa: ARG002
        return {
            "commonest": np.array([self.commonest], np.int64),
            "added": np.array([self.added], np.int64),
            "slots": self.slots,
            "times": self.times,
        }

    def finds(self, more: Additions) -> Bools:
        return np.ones(len(more.left), dtype=bool)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Of MinHash bands: no more sets than `counts` says are in a bucket, by the highest bits of its key; what
    is above 255 stands as 255. `made` is a name for these counts, which lie in a file of their own; since
    then so many `times` a set came into each of the buckets `slots`, which ascend."""

    counts: npt.NDArray[np.uint8]
    made: Uint64s
    slots: Ints
    times: Ints
    fullest: int
    bands: tuple[int, int]

    @classmethod
    def after(
        cls, counts: Arrays, kept: Arrays, more: Additions, threshold: float, permutations: int
    ) -> "Buckets":
        bands, rows = bands_for(threshold, permutations)
        each = counts["buckets"].shape[1]
        shift = np.uint64(64 - (each.bit_length() - 1))
        signed = _signatures(more.own, bands * rows)
        keys = [_band_keys(signed[:, band * rows : (band + 1) * rows]) >> shift for band in range(bands)]
        numbered = [own.astype(np.int64) + band * each for band, own in enumerate(keys)]
        own, times = np.unique(np.concatenate(numbered), return_counts=True)
        slots, place = np.unique(np.concatenate([kept["slots"], own]), return_inverse=True)
        since = np.bincount(place, np.concatenate([kept["times"], times])).astype(np.int64)
        at = np.searchsorted(slots, own)
        full = counts["buckets"].reshape(-1)[own] + since[at]
        return cls(counts["buckets"], counts["made"], slots, since, int(full.max(initial=0)), (bands, rows))

    @property
    def bearable(self) -> bool:
        return self.fullest <= HOT

    def kept(self, rows: Rows, name: str) -> Arrays:
        if len(self.slots) * _SINCE <= self.counts.size:
            return {"made": self.made, "slots": self.slots, "times": self.times}
        counts = self.counts.copy()
        full = counts.reshape(-1)[self.slots] + self.times
        counts.reshape(-1)[self.slots] = np.minimum(full, 255)
        return _keep_counts(rows, name, counts)

    def finds(self, more: Additions) -> Bools:
        """Those that share a band."""
        bands, rows = self.bands
        used = np.unique(np.concatenate([more.left, more.right]))
        signed = _signatures(more.sets.some(used), bands * rows).reshape(len(used), bands, rows)
        left, right = np.searchsorted(used, more.left), np.searchsorted(used, more.right)
        return np.asarray((signed[left] == signed[right]).all(axis=2).any(axis=1))


def keep_bounds(rows: Rows, name: str, bounds: Arrays) -> Arrays:
    """Keeps how crowded a search of all was, but for the arrays that it returns."""
    return _keep_counts(rows, name, bounds["buckets"]) if "buckets" in bounds else bounds


def crowding(
    rows: Rows, name: str, kept: Arrays, more: Additions, settings: Dedup, *, exact: bool
) -> Crowding | None:
    """How crowded it is with these sets, by what was kept before; None where some of that is lost."""
    if exact:
        return Runs.after(kept, more, settings.threshold) if "commonest" in kept else None
    counts = rows.kept(_counts_name(name), mapped=True)
    if not counts or "made" not in kept or counts["made"][0] != kept["made"][0]:
        return None
    return Buckets.after(counts, kept, more, settings.threshold, settings.permutations)


def _keep_counts(rows: Rows, name: str, counts: npt.NDArray[np.uint8]) -> Arrays:
    made = np.frombuffer(blake2b(counts.tobytes(), digest_size=8).digest(), np.uint64)
    rows.keep(_counts_name(name), {"buckets": counts, "made": made})
    return {"made": made, "slots": np.empty(0, np.int64), "times": np.empty(0, np.int64)}


def _counts_name(name: str) -> str:
    return f"{name}/buckets"


def _signatures(sets: Sets | Shingles, count: int) -> Uint32s:
    """Row i is the signature of set i; no set is empty."""
    return minhash.signatures(sets, count) if len(sets) >= FEW else few.signatures(sets, count)


def _band_keys(slots: Uint32s) -> Uint64s:
    """The keys of one band as `kernels.bands` makes them, before the set's number."""
    key = np.full(len(slots), FNV_BASIS, np.uint64)
    for slot in slots.T:
        key = (key ^ slot.astype(np.uint64)) * np.uint64(FNV_PRIME)
        key ^= key >> np.uint64(29)
    return mixed(key)
