"""Pairs of sets of Jaccard `threshold` or more, every one verified exactly.

Two searches for the candidates, which share nothing but the buckets that they fill. MinHash LSH (Broder 1997)
misses a pair with a chance of at most 1 - RECALL. The exact join (prefix filter: Bayardo, Ma and Srikant
2007) misses none: with the shingles of every set in one order, rarest first, two sets of Jaccard t or more
have one in common among the first |x| - ceil(t |x|) + 1 of each.

A bucket is hot when many unrelated sets share a band, as they do under one preamble: its members are joined
exactly instead, where the preamble's shingles are the commonest and so play no part. What still stands in
long runs then is alike, and each is compared with the first of the run only: `in_part` names the others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.few import Found, banded_pairs, exact_pairs
from curate.similarity.few import verified as few_verified
from curate.similarity.minhash import bands_for, permutations
from curate.similarity.prefixes import counted, low_bits, prefix_keys, table_bits
from curate.similarity.sets import Sets
from curate.similarity.shingles import FEW
from curate.similarity.threads import each, spans
from schemas.arrays import Bools, Floats, Ints, Ints32, Uint64s

HOT = 64  # sets in one bucket of a band
LONG_RUN = 512  # sets that share a rare shingle
PIVOTS = 64  # sets of a long run that all others are compared with
FEW_TIMES = LONG_RUN // 8  # what stands no more often than this is not listed one by one
_CHUNK = 32768  # sets, or pairs
_MOST_PENDING = 1 << 24  # candidates kept before repeats are taken out
_LOW_HALF = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Pairs:
    """`left[p] < right[p]` are numbers of sets, in order; `in_part[node]`: not compared with all that came
    into question.

    `lasting`: of any of these sets alone the pairs would be those of the pairs here, no more and no less.
    Then `bounds` say how crowded the search was (`curate.similarity.crowding`).
    """

    left: Ints
    right: Ints
    jaccard: Floats
    in_part: Bools
    lasting: bool = False
    bounds: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def among(self, now: Ints, count: int) -> "Pairs":
        """The pairs of so many of the sets, `now` being the new number of each, or -1."""
        left, right = now[self.left], now[self.right]
        here = (left >= 0) & (right >= 0)
        left, right = np.minimum(left, right)[here], np.maximum(left, right)[here]
        order = np.lexsort((right, left))
        in_part = np.zeros(count, dtype=bool)
        in_part[now[now >= 0]] = self.in_part[now >= 0]
        return Pairs(left[order], right[order], self.jaccard[here][order], in_part, self.lasting)


def find_pairs(
    sets: Sets, threshold: float, count: int = 128, *, exact: bool = False, whole: bool = False
) -> Pairs:
    """All pairs of `sets`, found with `count` permutations at the most, or by the exact join alone.

    `whole` compares long runs in full, which takes time and memory in the square of their length.
    """
    nodes = np.flatnonzero(sets.sizes > 0)
    some = sets.some(nodes)
    in_part = np.zeros(len(sets), dtype=bool)
    few: Found | None = None
    if len(nodes) < FEW:
        few = exact_pairs(some, threshold) if exact else banded_pairs(some, threshold, count, HOT)
    if few is not None:
        return _numbered(nodes, *_packed(few), in_part)
    beyond = np.zeros(len(nodes), dtype=bool)
    if exact:
        search = _exact(some, threshold, beyond, whole)
    else:
        search = _banded(some, threshold, count, beyond, whole)
    in_part[nodes] = beyond
    found = _numbered(nodes, *_verified(some, search.candidates, threshold), in_part)
    return replace(found, lasting=search.lasting, bounds=search.bounds)


@dataclass(frozen=True, slots=True)
class _Search:
    """`lasting` as in Pairs. For bands: no bucket is hot, and none gets hot as sets go. For the exact join:
    no shingle of a prefix is in many sets. As sets go the shingles get rarer, the n rarest of each set with
    them; so no run gets long."""

    candidates: Uint64s
    lasting: bool
    bounds: Mapping[str, npt.NDArray[Any]]


def _packed(found: Found) -> tuple[Uint64s, Floats]:
    packed = np.array([(i << 32) | j for i, j, _ in found], dtype=np.uint64)
    return packed, np.array([jaccard for *_, jaccard in found], dtype=np.float64)


def _numbered(nodes: Ints, packed: Uint64s, jaccard: Floats, in_part: Bools) -> Pairs:
    left = nodes[(packed >> np.uint64(32)).astype(np.int64)]
    return Pairs(left, nodes[(packed & _LOW_HALF).astype(np.int64)], jaccard, in_part)


def _banded(sets: Sets, threshold: float, count: int, beyond: Bools, whole: bool) -> _Search:
    from curate.similarity.kernels.bands import band_keys
    from curate.similarity.kernels.buckets import mark_hot

    bands, rows = bands_for(threshold, count)
    a, b = permutations(bands * rows)
    low = low_bits(len(sets))
    keys = np.empty((bands, len(sets)), dtype=np.uint64)

    def fill(span: tuple[int, int]) -> None:
        part = slice(*span)
        band_keys(sets.hashes, sets.starts[part], sets.sizes[part], a, b, rows, span[0], low, keys[:, part])

    hot = np.zeros(len(sets), dtype=bool)

    def order(band: Uint64s) -> None:
        band.sort()
        mark_hot(band, low, HOT, hot)

    each(fill, spans(len(sets), _CHUNK))
    each(order, keys)
    found = _candidates(keys, low, HOT, 0, sets, threshold, np.zeros(len(sets), dtype=bool))
    among = np.flatnonzero(hot)
    if not len(among):
        return _Search(found, True, {"buckets": _bucket_counts(keys, low)})
    marked = np.zeros(len(among), dtype=bool)
    inner = _exact(sets.some(among), threshold, marked, whole).candidates
    beyond[among] = marked
    numbers = among.astype(np.uint64)
    inner = (numbers[inner >> np.uint64(32)] << np.uint64(32)) | numbers[inner & _LOW_HALF]
    return _Search(_distinct([found, inner]), False, {})


def find_pairs_across(sets: Sets, kinds: Ints32, threshold: float) -> Pairs:
    """All pairs of sets of different kinds, by the exact join and however many there are. A set of kind -1
    is of several kinds."""
    from curate.similarity.kernels.buckets import emit_across

    nodes = np.flatnonzero(sets.sizes > 0)
    some, kinds = sets.some(nodes), kinds[nodes]
    nothing_left_out = np.zeros(len(sets), dtype=bool)
    few = exact_pairs(some, threshold) if len(nodes) < FEW else None
    if few is not None:
        across = [p for p in few if kinds[p[0]] != kinds[p[1]] or kinds[p[0]] < 0]
        return _numbered(nodes, *_packed(across), nothing_left_out)
    keys, low, _ = prefix_keys(some, threshold, counted(some, table_bits(int(some.sizes.sum()))))
    none = np.empty(0, dtype=np.uint64)
    room = np.empty(emit_across(keys, low, some.sizes, threshold, kinds, none), dtype=np.uint64)
    emit_across(keys, low, some.sizes, threshold, kinds, room)
    return _numbered(nodes, *_verified(some, _distinct([room]), threshold), nothing_left_out)


def _exact(sets: Sets, threshold: float, beyond: Bools, whole: bool) -> _Search:
    counts = counted(sets, table_bits(int(sets.sizes.sum())))
    keys, low, commonest = prefix_keys(sets, threshold, counts)
    most = len(sets) if whole else LONG_RUN
    # Half of it: two shingles may share a key.
    lasting = commonest <= LONG_RUN // 2
    often = np.flatnonzero(counts > FEW_TIMES)
    bounds: dict[str, npt.NDArray[Any]] = {
        "commonest": np.array([commonest], np.int64),
        "slots": often.astype(np.uint64),
        "times": counts[often],
    }
    return _Search(_candidates([keys], low, most, PIVOTS, sets, threshold, beyond), lasting, bounds)


def _bucket_counts(keys: Uint64s, low: np.uint64) -> npt.NDArray[np.uint8]:
    """How many sets are in the buckets of each band, by the highest bits of their keys: as many bits as hold
    a set's number."""
    bits = int(low).bit_length()
    counts = np.zeros((len(keys), 1 << bits), np.uint8)

    def count(band: int) -> None:
        slots = np.bincount((keys[band] >> np.uint64(64 - bits)).view(np.int64), minlength=1 << bits)
        np.minimum(slots, 255, out=counts[band], casting="unsafe")

    each(count, range(len(keys)))
    return counts


def verified(sets: Sets, candidates: Uint64s, threshold: float) -> tuple[Uint64s, Floats]:
    """Those of the candidates, each two numbers of sets in one word, that reach the threshold, in order, with
    their similarity."""
    if len(candidates) >= FEW:
        return _verified(sets, candidates, threshold)
    pairs = zip((candidates >> np.uint64(32)).tolist(), (candidates & _LOW_HALF).tolist(), strict=True)
    return _packed(few_verified(sets, pairs, threshold))


def _candidates(
    ordered: Iterable[Uint64s],
    low: np.uint64,
    most: int,
    pivots: int,
    sets: Sets,
    threshold: float,
    beyond: Bools,
) -> Uint64s:
    """The pairs of equal keys in each of the sorted arrays, every pair once, ascending."""
    from curate.similarity.kernels.buckets import count_pairs, emit_pairs

    pending: list[Uint64s] = []
    waiting = 0
    for keys in ordered:
        room = np.empty(count_pairs(keys, low, most, pivots), dtype=np.uint64)
        used = emit_pairs(keys, low, most, pivots, sets.sizes, threshold, room, beyond)
        pending.append(room[:used].copy())
        waiting += used
        if waiting > _MOST_PENDING:
            pending = [_distinct(pending)]
            waiting = 0
    return _distinct(pending)


def _distinct(parts: list[Uint64s]) -> Uint64s:
    from curate.similarity.kernels.buckets import distinct

    values = np.concatenate(parts)
    values.sort()
    return values[: distinct(values)]


def _verified(sets: Sets, candidates: Uint64s, threshold: float) -> tuple[Uint64s, Floats]:
    from curate.similarity.kernels.overlap import similarities

    jaccard = np.empty(len(candidates), dtype=np.float64)

    def verify(span: tuple[int, int]) -> None:
        part = slice(*span)
        similarities(sets.hashes, sets.starts, sets.sizes, candidates[part], threshold, jaccard[part])

    each(verify, spans(len(candidates), _CHUNK))
    near = jaccard >= 0
    return candidates[near], jaccard[near]
