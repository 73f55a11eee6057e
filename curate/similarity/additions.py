"""Near pairs of a few new sets with all sets, in one pass over the shingles as they lie on disk.

The prefix filter from one side (Bayardo, Ma and Srikant 2007, who take it from both): of a set of n shingles
any n - ceil(t n) + 1 contain one of every set of Jaccard t or more. So the rarest of the new sets' shingles
are looked up in all sets, batch by batch, and the old sets need no index. Which are the rarest is estimated
on a sample: any choice is right.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.features import Part, ShingleFeature
from curate.similarity.hashing import Floats, Ints, Ints32, Uint64s
from curate.similarity.pairs import verified
from curate.similarity.sets import Sets
from curate.similarity.shingles import FEW, Shingles
from curate.similarity.threads import ahead, cores
from schemas.stage import Rows

_SAMPLES, _SAMPLE_ROWS = 8, 1024
_MOST_CANDIDATES = 64  # a new set, and some for all: above that comparing all with all is as cheap
_SOME = 1 << 20
_MARK_BITS = (10, 27)
_ROOM = 1 << 16
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(2**32 - 1)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Different sets of some rows: the row that shows each, and how many shingles it has. `new` are those to
    be compared with all."""

    rows: Ints
    sizes: Ints32
    new: Ints


@dataclass(frozen=True, slots=True)
class Additions:
    """`left[p] < right[p]` are numbers of nodes. `own` are the new sets, in the order of `new`; `sets` are
    those of `nodes`, which stand in pairs. `counts` says of every slot of the new sets' shingles, the highest
    bits of a hash, how many shingles of all sets are in it, those of the new ones with them."""

    left: Ints
    right: Ints
    jaccard: Floats
    new: Ints
    own: Shingles
    nodes: Ints
    sets: Sets
    slots: Uint64s
    counts: Ints


def additions(
    rows: Rows, part: Part, n: int, nodes: Nodes, threshold: float, slot_bits: int
) -> Additions | None:
    """The pairs of `nodes.new` with all nodes, or None where too many come into question. With `slot_bits` 0
    nothing is counted."""
    feature = ShingleFeature(part, n, len(rows) >= FEW)
    new = nodes.new[np.argsort(nodes.rows[nodes.new])]
    own = Shingles.joined(rows.features(feature, of=nodes.rows[new]), len(new))
    known, which = np.unique(own.hashes, return_inverse=True)
    owner = np.repeat(np.arange(len(new)), own.sizes)
    common = np.bincount(which, minlength=len(known)) + _in_sample(rows, feature, known)
    asked = rarest(common[which], own.sizes, prefix_lengths(own.sizes, threshold))
    lookup = _Lookup(known, which[asked], new[owner[asked]], nodes.sizes, threshold, slot_bits)
    found: list[Uint64s] = []
    sets: dict[int, Uint64s] = {}
    most = _MOST_CANDIDATES * len(new) + _SOME
    for batch, pairs in ahead(lookup, _batches(rows, feature, nodes), threads=cores()):
        node, other = pairs >> _HALF, pairs & _LOW_HALF
        found.append((np.minimum(node, other) << _HALF) | np.maximum(node, other))
        most -= len(pairs)
        if most < 0:
            return None
        sets.update((one, batch[one]) for one in np.unique(node).tolist())
    sets.update((node, own[at]) for at, node in enumerate(new.tolist()))
    return _verified(found, sets, threshold, new, own, lookup.slots, lookup.counts())


def _verified(
    found: list[Uint64s],
    sets: dict[int, Uint64s],
    threshold: float,
    new: Ints,
    own: Shingles,
    slots: Uint64s,
    counts: Ints,
) -> Additions:
    packed = np.unique(np.concatenate([np.empty(0, np.uint64), *found]))
    left, right = (packed >> _HALF).astype(np.int64), (packed & _LOW_HALF).astype(np.int64)
    nodes = np.array(sorted(sets), np.int64)
    here = _sets([sets[node] for node in nodes.tolist()])
    places = np.searchsorted(nodes, left).astype(np.uint64), np.searchsorted(nodes, right).astype(np.uint64)
    near, jaccard = verified(here, (places[0] << _HALF) | places[1], threshold)
    left = nodes[(near >> _HALF).astype(np.int64)]
    right = nodes[(near & _LOW_HALF).astype(np.int64)]
    return Additions(left, right, jaccard, new, own, nodes, here, slots, counts)


def prefix_lengths(sizes: Ints32, threshold: float) -> Ints:
    """How many shingles of each set contain one of every set at the threshold."""
    return np.asarray(sizes - np.ceil(threshold * sizes - 1e-9) + 1).astype(np.int64)


def rarest(common: npt.NDArray[Any], sizes: Ints32, lengths: Ints) -> Ints:
    """Of each set as many places in `common` as its length says, those of the lowest values; a set's are
    together, the lowest first."""
    order = np.lexsort((common, np.repeat(np.arange(len(sizes)), sizes)))
    within = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(order[within < np.repeat(lengths, sizes)])


def _sets(each: list[Uint64s]) -> Sets:
    sizes = np.array([len(one) for one in each], np.int32)
    starts = np.cumsum(sizes, dtype=np.int64) - sizes
    return Sets(np.concatenate([np.empty(0, np.uint64), *each]), starts, sizes, np.arange(len(each)))


class _Lookup:
    """The shingles that new nodes ask for; `shingles` are places in `known`, which are those of the new sets.
    Several threads may look batches up."""

    def __init__(
        self, known: Uint64s, shingles: Ints, nodes: Ints, sizes: Ints32, threshold: float, slot_bits: int
    ) -> None:
        order = np.argsort(shingles, kind="stable")
        places, first = np.unique(shingles[order], return_index=True)
        self._asking = nodes[order]
        self._shingles = known[places]
        self._starts = np.append(first, len(order))
        self._sizes = sizes
        self._threshold = threshold
        self._slot_shift = np.uint64(64 - slot_bits)
        self.slots = np.unique(known >> self._slot_shift) if slot_bits else np.empty(0, np.uint64)
        self._of_threads: list[Ints] = [np.zeros(len(self.slots), np.int64)]
        self._here = threading.local()
        self._mark_shift, self._marks = _marks(known, slot_bits) if slot_bits else _marks(self._shingles)

    def counts(self) -> Ints:
        """How many shingles of the batches looked up so far were in each of `slots`."""
        counts: Ints = np.sum(self._of_threads, axis=0)
        return counts

    def _counts(self) -> Ints:
        """Those of this thread."""
        if not hasattr(self._here, "counts"):
            self._here.counts = np.zeros(len(self.slots), np.int64)
            self._of_threads.append(self._here.counts)
        counts: Ints = self._here.counts
        return counts

    def __call__(self, batch: "_Batch") -> tuple["_Batch", Uint64s]:
        """The batch, and each of its nodes, in the upper half, with every other that asks for a shingle of
        its."""
        from curate.similarity.kernels.lookup import meetings

        slots, counts, room = self.slots, self._counts(), np.empty(_ROOM, np.uint64)
        hashes = batch.hashes.view()
        hashes.flags.writeable = False  # as it is where it was read: code is compiled once for each kind
        while True:
            found = meetings(
                hashes,
                batch.ends,
                batch.nodes,
                self._marks,
                self._mark_shift,
                self._shingles,
                self._starts,
                self._asking,
                self._sizes,
                self._threshold,
                slots,
                self._slot_shift,
                counts,
                room,
            )
            if found <= len(room):
                return batch, np.unique(room[:found])
            room = np.empty(found, np.uint64)
            slots, counts = slots[:0], counts[:0]  # they are counted


def _marks(known: Uint64s, most: int = _MARK_BITS[1]) -> tuple[np.uint64, Uint64s]:
    """A bit for the highest bits of a hash, `most` of them, whether one of the known has these; and by how
    many bits a hash is to be shifted."""
    bits = min(max(len(known).bit_length() + 5, _MARK_BITS[0]), _MARK_BITS[1], most)
    marked = np.zeros(1 << bits, dtype=bool)
    marked[known >> np.uint64(64 - bits)] = True
    return np.uint64(64 - bits), np.packbits(marked, bitorder="little").view(np.uint64)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The shingles of some rows; `nodes` is the node that each row shows, or -1."""

    hashes: Uint64s
    ends: Ints
    nodes: Ints

    def __getitem__(self, node: int) -> Uint64s:
        (row,) = np.flatnonzero(self.nodes == node)
        start = self.ends[row - 1] if row else 0
        return self.hashes[start : self.ends[row]].copy()


def _batches(rows: Rows, feature: ShingleFeature, nodes: Nodes) -> Iterator[_Batch]:
    shown = np.full(len(rows), -1, np.int64)
    spoken = np.flatnonzero(nodes.sizes > 0)
    shown[nodes.rows[spoken]] = spoken
    start = 0
    for found in rows.features(feature, only=("hashes", "hashes_sizes")):
        sizes = found["hashes_sizes"]
        own = shown[start : start + len(sizes)]
        yield _Batch(found["hashes"], np.cumsum(sizes, dtype=np.int64), own)
        start += len(sizes)


def _in_sample(rows: Rows, feature: ShingleFeature, known: Uint64s) -> Ints:
    """About how often each of the known shingles stands in all rows."""
    starts = np.linspace(0, max(len(rows) - _SAMPLE_ROWS, 0), _SAMPLES).astype(np.int64)
    chosen = np.unique(np.minimum((starts[:, None] + np.arange(_SAMPLE_ROWS)).ravel(), len(rows) - 1))
    counts = np.zeros(len(known), np.int64)
    shift, marks = _marks(known)
    for found in rows.features(feature, only=("hashes", "hashes_sizes"), of=chosen):
        mark = found["hashes"] >> shift
        hashes = found["hashes"][(marks[mark >> np.uint64(6)] >> (mark & np.uint64(63))) & np.uint64(1) != 0]
        place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        counts += np.bincount(place[known[place] == hashes], minlength=len(known))
    return counts * max(len(rows) // len(chosen), 1)
