"""Pairs of few sets without compiled code: the same two searches as in `curate.similarity.pairs`.

Loading compiled code costs more than all of this for some thousand sets, and a hundred times more where it is
not in numba's cache yet. Each answers None where it would have to compare too many.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations

import numpy as np

from curate.similarity.minhash import bands_for, permutations
from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles
from schemas.arrays import Uint32s, Uint64s

_MOST_COMPARED = 50_000  # pairs of sets
_CHUNK = 2048  # sets

Found = list[tuple[int, int, float]]


def exact_pairs(sets: Sets, threshold: float) -> Found | None:
    """(i, j, Jaccard) of every pair with i < j at the threshold or above, by the prefix filter."""
    listed = [sets[node].tolist() for node in range(len(sets))]
    often = Counter(shingle for shingles in listed for shingle in shingles)
    postings: dict[int, list[int]] = defaultdict(list)
    candidates: set[tuple[int, int]] = set()
    for j, shingles in enumerate(listed):
        length = len(shingles) - math.ceil(threshold * len(shingles) - 1e-9) + 1
        shared = [s for s in shingles if often[s] > 1]
        # A shingle that nobody shares stands before all others and is met by none.
        prefix = sorted(shared, key=lambda s: (often[s], s))[: max(length - len(shingles) + len(shared), 0)]
        for shingle in prefix:
            candidates.update((i, j) for i in postings[shingle])
            postings[shingle].append(j)
        if len(candidates) > _MOST_COMPARED:
            return None
    return verified(sets, candidates, threshold)


def banded_pairs(sets: Sets, threshold: float, count: int, hot_from: int) -> Found | None:
    """The same by MinHash LSH, sets in buckets of more than `hot_from` by the exact join."""
    bands, rows = bands_for(threshold, count)
    signed = signatures(sets, bands * rows)
    candidates: set[tuple[int, int]] = set()
    hot: set[int] = set()
    for band in range(bands):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for node, key in enumerate(np.ascontiguousarray(signed[:, band * rows : (band + 1) * rows])):
            buckets[key.tobytes()].append(node)
        for nodes in buckets.values():
            if len(nodes) > hot_from:
                hot.update(nodes)
            else:
                candidates.update(combinations(nodes, 2))
        if len(candidates) > _MOST_COMPARED:
            return None
    found = verified(sets, candidates, threshold)
    if not hot:
        return found
    among = np.array(sorted(hot))
    inner = exact_pairs(sets.some(among), threshold)
    if inner is None:
        return None
    return sorted({*found, *((int(among[i]), int(among[j]), jaccard) for i, j, jaccard in inner)})


def verified(sets: Sets, candidates: Iterable[tuple[int, int]], threshold: float) -> Found:
    """Those at the threshold or above, in order."""
    found: Found = []
    for i, j in sorted(candidates):
        a, b = int(sets.sizes[i]), int(sets.sizes[j])
        if min(a, b) < threshold * max(a, b) - 1e-9:
            continue
        both = len(np.intersect1d(sets[i], sets[j], assume_unique=True))
        jaccard = both / (a + b - both)
        if both and jaccard >= threshold:
            found.append((i, j, jaccard))
    return found


def signatures(sets: Sets | Shingles, count: int) -> Uint32s:
    """Row i is the signature of set i; no set is empty."""
    a, b = permutations(count)
    out = np.empty((len(sets), count), dtype=np.uint32)
    for low in range(0, len(sets), _CHUNK):
        listed = [sets[node] for node in range(low, min(low + _CHUNK, len(sets)))]
        starts = np.cumsum([0, *(len(s) for s in listed[:-1])])
        hashes = _mixed(np.concatenate(listed))
        slots = np.empty_like(hashes)
        for at in range(count):  # one by one, all of it stays in the processor's cache
            np.multiply(hashes, a[at], out=slots)
            slots += b[at]
            out[low : low + len(listed), at] = np.minimum.reduceat(slots, starts)
    return out


def _mixed(hashes: Uint64s) -> Uint32s:
    """MurmurHash3's 32-bit finaliser of the low halves, which datasketch's `affine32` begins with."""
    h = hashes.astype(np.uint32)
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return np.asarray(h ^ (h >> np.uint32(16)))
