"""Hash functions of the kernels. `curate.similarity.hashing` has the same ones for single values."""

import numpy as np

from curate.similarity.hashing import FNV_BASIS, FNV_PRIME
from curate.similarity.kernels.compiling import kernel

BASIS = np.uint64(FNV_BASIS)
PRIME = np.uint64(FNV_PRIME)


@kernel
def mixed64(h: np.uint64) -> np.uint64:
    """MurmurHash3's 64-bit finaliser."""
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@kernel
def mixed32(h: np.uint32) -> np.uint32:
    """MurmurHash3's 32-bit finaliser: what datasketch's `affine32` does before it permutes."""
    h = np.uint32(h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = np.uint32(np.uint32(h) ^ (np.uint32(h) >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return np.uint32(np.uint32(h) ^ (np.uint32(h) >> np.uint32(16)))
