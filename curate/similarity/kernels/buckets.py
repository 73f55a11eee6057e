"""Candidate pairs: sets whose keys are equal.

Keys come sorted, each with the number of its set in the bits of the mask `low`, so that equal keys are runs
of ascending numbers. A pair is one 64-bit word, the lower number in front.
"""

import numpy as np

from curate.similarity.kernels.compiling import kernel
from schemas.arrays import Bools, Ints32, Uint64s


@kernel
def count_pairs(keys: Uint64s, low: np.uint64, most: int, pivots: int) -> int:
    """An upper bound of the pairs that `emit_pairs` finds."""
    pairs = 0
    start = 0
    while start < len(keys):
        end = _run_end(keys, start, low)
        size = end - start
        pairs += size * (size - 1) // 2 if size <= most else size * pivots
        start = end
    return pairs


@kernel
def emit_pairs(
    keys: Uint64s,
    low: np.uint64,
    most: int,
    pivots: int,
    sizes: Ints32,
    threshold: float,
    pairs: Uint64s,
    beyond: Bools,
) -> int:
    """Writes the pairs of every run whose sets' sizes allow the Jaccard `threshold`; returns how many.

    Of a run longer than `most`, members are paired with its first `pivots` only, and all behind those are
    marked in `beyond`.
    """
    at = 0
    start = 0
    while start < len(keys):
        end = _run_end(keys, start, low)
        whole = end - start <= most
        for k in range(start + 1, end):
            j = keys[k] & low
            last = k
            if not whole and k - start > pivots:
                last = start + pivots
                beyond[j] = True
            for m in range(start, last):
                i = keys[m] & low
                smaller, larger = sizes[i], sizes[j]
                if smaller > larger:
                    smaller, larger = larger, smaller
                if i != j and smaller >= threshold * larger - 1e-9:
                    pairs[at] = (i << np.uint64(32)) | j
                    at += 1
        start = end
    return at


@kernel
def emit_across(
    keys: Uint64s, low: np.uint64, sizes: Ints32, threshold: float, kinds: Ints32, pairs: Uint64s
) -> int:
    """The same for sets of different kinds only, in all runs, however long; a set of kind -1 is of several.
    Returns how many pairs there are, of which as many are written as `pairs` has room for."""
    at = 0
    start = 0
    while start < len(keys):
        end = _run_end(keys, start, low)
        for k in range(start + 1, end):
            j = keys[k] & low
            for m in range(start, k):
                i = keys[m] & low
                if kinds[i] == kinds[j] and kinds[i] >= 0:
                    continue
                smaller, larger = sizes[i], sizes[j]
                if smaller > larger:
                    smaller, larger = larger, smaller
                if i != j and smaller >= threshold * larger - 1e-9:
                    if at < len(pairs):
                        pairs[at] = (i << np.uint64(32)) | j
                    at += 1
        start = end
    return at


@kernel
def mark_hot(keys: Uint64s, low: np.uint64, most: int, hot: Bools) -> None:
    """Marks the members of runs longer than `most`."""
    start = 0
    while start < len(keys):
        end = _run_end(keys, start, low)
        if end - start > most:
            for k in range(start, end):
                hot[keys[k] & low] = True
        start = end


@kernel
def _run_end(keys: Uint64s, start: int, low: np.uint64) -> int:
    end = start + 1
    while end < len(keys) and (keys[end] | low) == (keys[start] | low):
        end += 1
    return end


@kernel
def distinct(ordered: Uint64s) -> int:
    """Moves the distinct values of a sorted array to its front; returns how many there are."""
    if len(ordered) == 0:
        return 0
    at = 1
    for k in range(1, len(ordered)):
        if ordered[k] != ordered[k - 1]:
            ordered[at] = ordered[k]
            at += 1
    return at
