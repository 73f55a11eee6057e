"""Near pairs of a few new sets with all sets: those that their prefixes meet, each verified.

What stands in the prefixes of the others is kept (`curate.similarity.postings`), so that of these only the
sets that come into question are read.
"""

from dataclasses import dataclass

import numpy as np

from curate.similarity.different import Different
from curate.similarity.features import Part, few_shingles
from curate.similarity.pairs import verified
from curate.similarity.postings import Postings
from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles
from schemas.arrays import Bools, Floats, Ints, Uint64s
from schemas.stage import Rows

_MOST_MET = 64  # a new set, and some for all: above that comparing all with all is as cheap
_SOME = 1 << 20
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(2**32 - 1)


@dataclass(frozen=True, slots=True)
class Additions:
    """`own` are the new sets. `hashes`, which ascend, are those of all that came into question, `sets` these,
    and `left[p] < right[p]` places among them. All sets are in the postings at `state`."""

    own: Shingles
    hashes: Uint64s
    sets: Sets
    left: Ints
    right: Ints
    jaccard: Floats
    state: np.uint64


def additions(
    rows: Rows, part: Part, n: int, different: Different, known: Bools, state: np.uint64, threshold: float
) -> Additions | None:
    """The pairs of the sets that are not `known` with all; None where they cannot be looked up, or too many
    come into question. At the `state` of the postings all known ones were in there."""
    postings = Postings.kept(rows, part, n, threshold)
    if postings is None or postings.too_many_for(len(different)):
        return None
    reader = _Reader(rows, part, n, different)
    if state not in postings.states:
        complete = _with_lost(postings, reader, known, threshold)
        if complete is None:
            return None
        postings = complete
    new = different.by_row(np.flatnonzero(~known))
    own = reader.shingles(new)
    if own is None:
        return None
    prefixes = postings.prefixes(own, threshold)
    if not postings.has(own.sets).all() or state not in postings.states:
        postings = postings.with_few(own.sets, prefixes[1])
        postings.keep(rows)
    met = postings.met(prefixes, _MOST_MET * len(new) + _SOME)
    if met is None:
        return None
    candidates = _packed(different, new[met[0]], different.numbers(met[1]), threshold)
    return _verified(candidates, reader, new, own, threshold, postings.state)


def _with_lost(postings: Postings, reader: "_Reader", known: Bools, threshold: float) -> Postings | None:
    """The postings with the known sets that were lost of them; None where these are many."""
    has = postings.has(reader.different.hashes)
    if not postings.covers(has):
        return None
    others = reader.shingles(reader.different.by_row(np.flatnonzero(known & ~has)))
    if others is None:
        return None
    return postings.with_few(others.sets, postings.prefixes(others, threshold)[1])


def _packed(different: Different, asking: Ints, others: Ints, threshold: float) -> Uint64s:
    """Different pairs that may be alike by their sizes, the lower number in front; -1 is none."""
    small = np.minimum(different.sizes[asking], different.sizes[others])
    large = np.maximum(different.sizes[asking], different.sizes[others])
    alike = (others >= 0) & (asking != others) & (small >= threshold * large - 1e-9)
    low = np.minimum(asking[alike], others[alike]).astype(np.uint64)
    high = np.maximum(asking[alike], others[alike]).astype(np.uint64)
    return np.unique((low << _HALF) | high)


def _verified(
    candidates: Uint64s, reader: "_Reader", new: Ints, own: Shingles, threshold: float, state: np.uint64
) -> Additions | None:
    left, right = (candidates >> _HALF).astype(np.int64), (candidates & _LOW_HALF).astype(np.int64)
    others = reader.different.by_row(np.setdiff1d(np.concatenate([left, right]), new))
    theirs = reader.shingles(others)
    if theirs is None:
        return None
    numbers = np.concatenate([new, others])
    order = np.argsort(numbers)
    starts = np.concatenate([own.starts, theirs.starts + len(own.hashes)])[order]
    sizes = np.concatenate([own.sizes, theirs.sizes])[order]
    sets = Sets(np.concatenate([own.hashes, theirs.hashes]), starts, sizes, np.arange(len(numbers)))
    numbers = numbers[order]
    places = (np.searchsorted(numbers, side).astype(np.uint64) for side in (left, right))
    near, jaccard = verified(sets, (next(places) << _HALF) | next(places), threshold)
    left, right = (near >> _HALF).astype(np.int64), (near & _LOW_HALF).astype(np.int64)
    return Additions(own, reader.different.hashes[numbers], sets, left, right, jaccard, state)


@dataclass(frozen=True, slots=True)
class _Reader:
    rows: Rows
    part: Part
    n: int
    different: Different

    def shingles(self, numbers: Ints) -> Shingles | None:
        """Those of sets whose rows ascend; None where one is damaged."""
        found = few_shingles(self.rows, self.part, self.n, self.different.rows[numbers])
        whole = np.array_equal(found.hashes_of_sets(), self.different.hashes[numbers])
        return found if whole else None
