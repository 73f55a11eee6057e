"""Near pairs of a few new sets with all sets: those that their prefixes meet, each verified.

What stands in the prefixes of the others is kept (`curate.similarity.postings`), so that of these only the
sets that come into question are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from curate.similarity.features import Part, ShingleFeature
from curate.similarity.hashing import Floats, Ints, Ints32, Uint64s, nearest
from curate.similarity.pairs import verified
from curate.similarity.postings import Postings
from curate.similarity.sets import Sets
from curate.similarity.shingles import FEW, Shingles
from schemas.stage import Rows

_MOST_MET = 64  # a new set, and some for all: above that comparing all with all is as cheap
_SOME = 1 << 20
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(2**32 - 1)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Different sets of some rows: the row that shows each, its hash, and how many shingles it has. `new` are
    those to be compared with all. The others have their hashes in `known`, which ascend, and `numbers` is the
    node of each of these, or -1; at the `state` of the postings they were all in there."""

    rows: Ints
    sets: Uint64s
    sizes: Ints32
    new: Ints
    known: Uint64s
    numbers: Ints
    state: np.uint64

    def of(self, hashes: Uint64s) -> tuple[Ints, Ints]:
        """Which of the hashes are those of nodes, and of which."""
        found = np.full(len(hashes), -1, np.int64)
        new = self.new[np.argsort(self.sets[self.new])]
        for ascending, numbers in ((self.known, self.numbers), (self.sets[new], new)):
            if len(ascending):
                place = nearest(ascending, hashes)
                here = ascending[place] == hashes
                found[here] = np.maximum(found[here], numbers[place[here]])
        at = np.flatnonzero(found >= 0)
        return at, found[at]


@dataclass(frozen=True, slots=True)
class Additions:
    """`left[p] < right[p]` are numbers of nodes. `own` are the new sets, in the order of `new`; `sets` are
    those of `nodes`, which ascend: all that came into question. All sets are in the postings at `state`."""

    left: Ints
    right: Ints
    jaccard: Floats
    new: Ints
    own: Shingles
    nodes: Ints
    sets: Sets
    state: np.uint64


def additions(rows: Rows, part: Part, n: int, nodes: Nodes, threshold: float) -> Additions | None:
    """The pairs of `nodes.new` with all nodes; None where they cannot be looked up, or too many come into
    question."""
    postings = Postings.kept(rows, part, n, threshold)
    if postings is None or postings.too_many_for(len(nodes.sets)):
        return None
    reader = _Reader(rows, ShingleFeature(part, n, len(rows) >= FEW), nodes.rows)
    if nodes.state not in postings.states:
        complete = _with_lost(postings, reader, nodes, threshold)
        if complete is None:
            return None
        postings = complete
    new = nodes.new[np.argsort(nodes.rows[nodes.new])]
    own = reader.shingles(new)
    prefixes = postings.prefixes(own, threshold)
    if not postings.has(own.sets).all() or nodes.state not in postings.states:
        postings = postings.with_few(own.sets, prefixes[1])
        postings.keep(rows)
    met = postings.met(prefixes, _MOST_MET * len(new) + _SOME)
    if met is None:
        return None
    asking = new[met[0]]
    at, others = nodes.of(met[1])
    candidates = _packed(asking[at], others, nodes.sizes, threshold)
    return _verified(candidates, reader, new, own, threshold, postings.state)


def _with_lost(postings: Postings, reader: "_Reader", nodes: Nodes, threshold: float) -> Postings | None:
    """The postings with the nodes that were lost of them; None where these are many."""
    spoken = np.flatnonzero(nodes.sizes > 0)
    has = postings.has(nodes.sets[spoken])
    if not postings.covers(has):
        return None
    lost = np.setdiff1d(spoken[~has], nodes.new)
    others = reader.shingles(lost[np.argsort(reader.rows_of[lost])])
    return postings.with_few(others.sets, postings.prefixes(others, threshold)[1])


def _packed(asking: Ints, others: Ints, sizes: Ints32, threshold: float) -> Uint64s:
    """Different pairs that may be alike by their sizes, the lower number in front."""
    small = np.minimum(sizes[asking], sizes[others])
    large = np.maximum(sizes[asking], sizes[others])
    alike = (asking != others) & (small >= threshold * large - 1e-9)
    low = np.minimum(asking[alike], others[alike]).astype(np.uint64)
    high = np.maximum(asking[alike], others[alike]).astype(np.uint64)
    return np.unique((low << _HALF) | high)


def _verified(
    candidates: Uint64s, reader: "_Reader", new: Ints, own: Shingles, threshold: float, state: np.uint64
) -> Additions:
    left, right = (candidates >> _HALF).astype(np.int64), (candidates & _LOW_HALF).astype(np.int64)
    others = np.setdiff1d(np.concatenate([left, right]), new)
    others = others[np.argsort(reader.rows_of[others])]
    theirs = reader.shingles(others)
    nodes = np.concatenate([new, others])
    order = np.argsort(nodes)
    starts = np.concatenate([own.starts, theirs.starts + len(own.hashes)])[order]
    sizes = np.concatenate([own.sizes, theirs.sizes])[order]
    sets = Sets(np.concatenate([own.hashes, theirs.hashes]), starts, sizes, np.arange(len(nodes)))
    nodes = nodes[order]
    places = (np.searchsorted(nodes, side).astype(np.uint64) for side in (left, right))
    near, jaccard = verified(sets, (next(places) << _HALF) | next(places), threshold)
    left, right = nodes[(near >> _HALF).astype(np.int64)], nodes[(near & _LOW_HALF).astype(np.int64)]
    return Additions(left, right, jaccard, new, own, nodes, sets, state)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The sets of nodes, whose rows ascend."""

    rows: Rows
    feature: ShingleFeature
    rows_of: Ints

    def shingles(self, nodes: Ints) -> Shingles:
        some: Iterator[Any] = iter(())
        if len(nodes):
            some = self.rows.features(self.feature, of=self.rows_of[nodes])
        return Shingles.joined(some, len(nodes))
