"""Near pairs again, by a method that shares nothing with MinHash: an exact join with a prefix filter.

Method: AllPairs, Bayardo, Ma and Srikant 2007. With the shingles of every set in one order, rarest first, two
sets of Jaccard t or more have one in common among the first |x| - ceil(t |x|) + 1 of each. No pair is missed.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from curate.similarity.shingles import Ints, Shingles


def pairs_across(
    shingles: Shingles, kinds: Sequence[Hashable], threshold: float
) -> Iterator[tuple[int, int]]:
    """Pairs of rows of different kinds whose sets have Jaccard `threshold` or more."""
    rarity = _rarity(shingles)
    postings: dict[int, dict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in np.argsort(shingles.sizes, kind="stable").tolist():
        size = int(shingles.sizes[row])
        if not size:
            continue
        ordered = np.sort(rarity[shingles.starts[row] : shingles.starts[row + 1]])
        prefix = ordered[: size - math.ceil(threshold * size - 1e-9) + 1].tolist()
        found: set[int] = set()
        for shingle in prefix:
            for kind, rows in postings[shingle].items():
                if kind != kinds[row]:
                    found.update(rows)
            postings[shingle][kinds[row]].append(row)
        candidates = np.array(sorted(found), dtype=np.int64)
        near = shingles.similarities(row, candidates) >= threshold
        yield from ((other, row) for other in candidates[near].tolist())


def _rarity(shingles: Shingles) -> Ints:
    """For each entry of `shingles.hashes` the place of its shingle in an order of all, the rarest first."""
    _, shingle, counts = np.unique(shingles.hashes, return_inverse=True, return_counts=True)
    place = np.empty(len(counts), dtype=np.int64)
    place[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    return np.asarray(place[shingle])
