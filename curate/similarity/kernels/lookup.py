"""A few sets' shingles looked up in many sets, as these are read."""

import numpy as np

from curate.similarity.hashing import Ints, Ints32, Uint64s
from curate.similarity.kernels.compiling import kernel


@kernel
def meetings(
    hashes: Uint64s,
    ends: Ints,
    nodes: Ints,
    marks: Uint64s,
    mark_shift: np.uint64,
    shingles: Uint64s,
    starts: Ints,
    asking: Ints,
    sizes: Ints32,
    threshold: float,
    slots: Uint64s,
    slot_shift: np.uint64,
    counts: Ints,
    pairs: Uint64s,
) -> int:
    """Writes a pair for every node of these rows that has a shingle for which another one asks, where their
    sizes allow the Jaccard `threshold`: the row's node in the upper half of the word. Returns how many there
    are, of which as many are written as `pairs` has room for.

    Row r shows node `nodes[r]` (-1: none) and has the `hashes` up to `ends[r]`. `shingles[s]`, which ascend,
    are asked for by `asking[starts[s]:starts[s + 1]]`. `marks` has a bit for the highest bits of a hash:
    where it is 0 the hash is neither among `shingles` nor in one of `slots`. `counts[n]` grows by the hashes
    whose highest bits are `slots[n]`.
    """
    found = 0
    start = 0
    for row in range(len(nodes)):
        node = nodes[row]
        if node >= 0:
            for k in range(start, ends[row]):
                mark = hashes[k] >> mark_shift
                if (marks[mark >> np.uint64(6)] >> (mark & np.uint64(63))) & np.uint64(1) == 0:
                    continue
                slot = _place(slots, hashes[k] >> slot_shift)
                if slot >= 0:
                    counts[slot] += 1
                shingle = _place(shingles, hashes[k])
                if shingle < 0:
                    continue
                for p in range(starts[shingle], starts[shingle + 1]):
                    other = asking[p]
                    smaller, larger = sizes[node], sizes[other]
                    if smaller > larger:
                        smaller, larger = larger, smaller
                    if other != node and smaller >= threshold * larger - 1e-9:
                        if found < len(pairs):
                            pairs[found] = (np.uint64(node) << np.uint64(32)) | np.uint64(other)
                        found += 1
        start = ends[row]
    return found


@kernel
def _place(ordered: Uint64s, value: np.uint64) -> int:
    """Where a value stands in an ascending array, or -1."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < len(ordered) and ordered[low] == value else -1
