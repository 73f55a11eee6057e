"""Keys for the exact join: of each set its rarest shingles, as many as a near set must share one of.

How often a shingle occurs is counted in a table that several may share: any order of the shingles is right,
as long as it is the same for all sets.
"""

import math

import numpy as np

from curate.similarity.kernels.compiling import kernel
from schemas.arrays import Ints, Ints32, Uint32s, Uint64s

_ORDINARY = np.uint64(2**24 - 1)  # counts are told apart up to here


@kernel
def count_shingles(
    hashes: Uint64s, starts: Ints, sizes: Ints32, part: int, parts: int, shift: np.uint64, counts: Uint32s
) -> None:
    """Adds up the table's slots of which the number modulo `parts` is `part`."""
    for row in range(len(starts)):
        for k in range(starts[row], starts[row] + sizes[row]):
            slot = hashes[k] >> shift
            if slot % np.uint64(parts) == np.uint64(part):
                counts[slot] += np.uint32(1)


@kernel
def prefix_length(size: int, threshold: float) -> int:
    return size - math.ceil(threshold * size - 1e-9) + 1


@kernel
def prefix_keys(
    hashes: Uint64s,
    starts: Ints,
    sizes: Ints32,
    threshold: float,
    shift: np.uint64,
    counts: Uint32s,
    first: int,
    low: np.uint64,
    keys: Uint64s,
) -> tuple[int, int]:
    """Writes the keys of sets `first`, `first + 1`, …; returns how many, and the highest count of a shingle
    of theirs. A key is 40 bits of the shingle, spread over the word, and the set's number in the bits of the
    mask `low`."""
    at = 0
    commonest = np.uint64(0)
    longest = 0
    for row in range(len(sizes)):
        longest = max(longest, sizes[row])
    order = np.empty(longest, dtype=np.uint64)
    for row in range(len(starts)):
        size = sizes[row]
        for k in range(size):
            h = hashes[starts[row] + k]
            count = min(np.uint64(counts[h >> shift]), _ORDINARY)
            order[k] = (count << np.uint64(40)) | (h & np.uint64(0xFFFFFFFFFF))
        length = prefix_length(size, threshold)
        _select(order, size, length)
        for k in range(length):
            commonest = max(commonest, order[k] >> np.uint64(40))
            spread = (order[k] & np.uint64(0xFFFFFFFFFF)) * np.uint64(0x9E3779B97F4A7C15)
            keys[at] = (spread & ~low) | np.uint64(first + row)
            at += 1
    return at, int(commonest)


@kernel
def _select(values: Uint64s, size: int, length: int) -> None:
    """Moves the `length` smallest of the first `size` values to the front, in some order."""
    left, right = 0, size - 1
    while left < right and length < size:
        middle = values[(left + right) // 2]
        i, j = left, right
        while i <= j:
            while values[i] < middle:
                i += 1
            while values[j] > middle:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if length - 1 <= j:
            right = j
        elif length - 1 >= i:
            left = i
        else:
            return
