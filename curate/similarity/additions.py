"""Near pairs of a few new sets with all sets, in one pass over the shingles as they lie on disk.

The prefix filter from one side (Bayardo, Ma and Srikant 2007, who take it from both): of a set of n shingles
any n - ceil(t n) + 1 contain one of every set of Jaccard t or more. So the rarest of the new sets' shingles
are looked up in all sets, batch by batch, and the old sets need no index. Which are the rarest is estimated
on a sample: any choice is right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.features import Part, ShingleFeature
from curate.similarity.hashing import Bools, Floats, Ints, Ints32, Uint64s
from curate.similarity.pairs import verified
from curate.similarity.sets import Sets
from curate.similarity.shingles import FEW, Shingles
from schemas.stage import Rows

_SAMPLES, _SAMPLE_ROWS = 8, 2048
_MOST_CANDIDATES = 64  # a new set, and some for all: above that comparing all with all is as cheap
_SOME = 1 << 20
_TABLE_BITS = (16, 24)


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
    postings = _Postings(known, which[asked], new[owner[asked]])
    shift = np.uint64(64 - slot_bits)
    slots = np.unique(known >> shift) if slot_bits else np.empty(0, np.uint64)
    counts = np.zeros(len(slots), np.int64)
    found: list[Uint64s] = []
    sets: dict[int, Uint64s] = {}
    most = _MOST_CANDIDATES * len(new) + _SOME
    table = _Table(known if slot_bits else postings.hashes)
    for batch in _batches(rows, feature, nodes):
        hits = batch.hits(table)
        if slot_bits:
            slot = batch.hashes[hits] >> shift
            place = np.minimum(np.searchsorted(slots, slot), len(slots) - 1)
            counts += np.bincount(place[slots[place] == slot], minlength=len(slots))
        node, other = postings.asked(batch.hashes[hits], batch.nodes_at(hits))
        low, high = np.minimum(node, other), np.maximum(node, other)
        sizes = nodes.sizes[low], nodes.sizes[high]
        alike = np.minimum(*sizes) >= threshold * np.maximum(*sizes) - 1e-9
        pairs = np.unique((low[alike].astype(np.uint64) << np.uint64(32)) | high[alike].astype(np.uint64))
        found.append(pairs)
        most -= len(pairs)
        if most < 0:
            return None
        sets.update((one, batch[one]) for one in np.unique(node[alike]).tolist())
    sets.update((node, own[at]) for at, node in enumerate(new.tolist()))
    return _verified(found, sets, threshold, new, own, slots, counts)


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
    left, right = (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(2**32 - 1)).astype(np.int64)
    nodes = np.array(sorted(sets), np.int64)
    here = _sets([sets[node] for node in nodes.tolist()])
    places = np.searchsorted(nodes, left).astype(np.uint64), np.searchsorted(nodes, right).astype(np.uint64)
    near, jaccard = verified(here, (places[0] << np.uint64(32)) | places[1], threshold)
    left = nodes[(near >> np.uint64(32)).astype(np.int64)]
    right = nodes[(near & np.uint64(2**32 - 1)).astype(np.int64)]
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


class _Table:
    """Says of most hashes that they are none of the known ones, by their highest bits."""

    def __init__(self, known: Uint64s) -> None:
        least, most = _TABLE_BITS
        self._shift = np.uint64(64 - min(max(len(known).bit_length() + 4, least), most))
        self._marked = np.zeros(1 << (64 - int(self._shift)), dtype=bool)
        self._marked[known >> self._shift] = True

    def __call__(self, hashes: Uint64s) -> Bools:
        return np.asarray(self._marked[hashes >> self._shift])


class _Postings:
    """The new nodes that are asked for by a shingle; `shingles` are places in `known`."""

    def __init__(self, known: Uint64s, shingles: Ints, nodes: Ints) -> None:
        order = np.argsort(shingles, kind="stable")
        self._nodes = nodes[order]
        places, self._first, self._sizes = np.unique(shingles[order], return_index=True, return_counts=True)
        self.hashes = known[places]

    def asked(self, hashes: Uint64s, nodes: Ints) -> tuple[Ints, Ints]:
        """Each of `nodes`, which have these shingles, with every other node that asks for the shingle."""
        place = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        met = self.hashes[place] == hashes
        place, nodes = place[met], nodes[met]
        sizes = self._sizes[place]
        within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        others = self._nodes[np.repeat(self._first[place], sizes) + within]
        nodes = np.repeat(nodes, sizes)
        return nodes[nodes != others], others[nodes != others]


@dataclass(frozen=True, slots=True)
class _Batch:
    """The shingles of some rows; `nodes` is the node that each row shows, or -1."""

    hashes: Uint64s
    ends: Ints
    nodes: Ints

    def hits(self, table: _Table) -> Ints:
        """Places of shingles of nodes that the table does not rule out."""
        found = np.flatnonzero(table(self.hashes))
        return found[self.nodes_at(found) >= 0]

    def nodes_at(self, places: Ints) -> Ints:
        return self.nodes[np.searchsorted(self.ends, places, side="right")]

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
    table = _Table(known)
    for found in rows.features(feature, only=("hashes", "hashes_sizes"), of=chosen):
        hashes = found["hashes"][table(found["hashes"])]
        place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        counts += np.bincount(place[known[place] == hashes], minlength=len(known))
    return counts * max(len(rows) // len(chosen), 1)
