"""Exact Jaccard of pairs of sets, by merging their sorted hashes."""

import math

import numpy as np

from curate.similarity.kernels.compiling import kernel
from schemas.arrays import Floats, Ints, Ints32, Uint64s


@kernel
def similarities(
    hashes: Uint64s, starts: Ints, sizes: Ints32, pairs: Uint64s, threshold: float, out: Floats
) -> None:
    """`out[p]` is the Jaccard similarity of the sets that `pairs[p]` names, or -1 where it is less than
    `threshold`."""
    share = threshold / (1.0 + threshold)
    for p in range(len(pairs)):
        i = np.int64(pairs[p] >> np.uint64(32))
        j = np.int64(pairs[p] & np.uint64(0xFFFFFFFF))
        total = np.int64(sizes[i]) + np.int64(sizes[j])
        least = math.ceil(share * total - 1e-6)
        both = _overlap(hashes, starts[i], starts[i] + sizes[i], starts[j], starts[j] + sizes[j], least)
        jaccard = both / (total - both)
        out[p] = jaccard if both > 0 and jaccard >= threshold else -1.0


@kernel
def _overlap(hashes: Uint64s, i: int, i_end: int, j: int, j_end: int, least: int) -> int:
    """Hashes in both sets; 0 as soon as it is clear that they are fewer than `least`."""
    both = 0
    spare_i = (i_end - i) - least
    spare_j = (j_end - j) - least
    while i < i_end and j < j_end:
        x, y = hashes[i], hashes[j]
        if x == y:
            both += 1
            i += 1
            j += 1
        elif x < y:
            i += 1
            spare_i -= 1
            if spare_i < 0:
                return 0
        else:
            j += 1
            spare_j -= 1
            if spare_j < 0:
                return 0
    return both
