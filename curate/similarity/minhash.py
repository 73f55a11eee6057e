"""MinHash signatures and how they are cut into bands.

MinHash: Broder 1997. Signatures are those of `datasketch.MinHash(scheme="affine32")` bit for bit, when it is
fed the low 32 bits of the shingles; so either side can read the other's.
"""

import numpy as np

from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles
from schemas.arrays import Uint32s

RECALL = 0.9999  # of pairs exactly at the threshold; all above it are caught more often
SEED = 1


def permutations(count: int, seed: int = SEED) -> tuple[Uint32s, Uint32s]:
    """datasketch's permutations h -> a * h + b modulo 2^32; each `a` is odd."""
    draw = np.random.RandomState(seed)
    a = draw.randint(0, 2**31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return a, draw.randint(0, 2**32, count, dtype=np.uint32)


def signatures(shingles: Shingles | Sets, count: int, seed: int = SEED) -> Uint32s:
    """A row of `count` slots for each set; the slots of an empty set are all 2^32 - 1."""
    from curate.similarity.kernels import bands

    out = np.empty((len(shingles), count), dtype=np.uint32)
    bands.signatures(shingles.hashes, shingles.starts, shingles.sizes, *permutations(count, seed), out)
    return out


def bands_for(threshold: float, permutations: int) -> tuple[int, int]:
    """(bands, rows a band): the longest band, thus the fewest candidates, that reaches RECALL.

    A pair of similarity s shares a band with probability 1 - (1 - s^rows)^bands.
    """
    for rows in range(permutations, 1, -1):
        bands = permutations // rows
        if 1.0 - (1.0 - threshold**rows) ** bands >= RECALL:
            return bands, rows
    return permutations, 1
