"""MinHash signatures, bit for bit those of datasketch's `affine32` scheme, and the band keys made of them."""

import numpy as np

from curate.similarity.kernels.compiling import kernel
from curate.similarity.kernels.mixing import BASIS, PRIME, mixed32, mixed64
from schemas.arrays import Ints, Ints32, Uint32s, Uint64s


@kernel
def signatures(hashes: Uint64s, starts: Ints, sizes: Ints32, a: Uint32s, b: Uint32s, out: Uint32s) -> None:
    """Row i of `out` is the signature of the set `hashes[starts[i]:starts[i] + sizes[i]]`, of which the low
    32 bits count; permutation p is `a[p] * h + b[p]` modulo 2^32."""
    for row in range(len(starts)):
        _sign(hashes, starts[row], sizes[row], a, b, out[row])


@kernel
def band_keys(
    hashes: Uint64s,
    starts: Ints,
    sizes: Ints32,
    a: Uint32s,
    b: Uint32s,
    rows: int,
    first: int,
    low: np.uint64,
    keys: Uint64s,
) -> None:
    """`keys[band, i]` is a hash of `rows` consecutive slots of set i's signature, with the set's number
    `first + i` in the bits of the mask `low`."""
    signature = np.empty(len(a), dtype=np.uint32)
    for row in range(len(starts)):
        _sign(hashes, starts[row], sizes[row], a, b, signature)
        for band in range(keys.shape[0]):
            key = BASIS
            for slot in range(band * rows, (band + 1) * rows):
                key = (key ^ np.uint64(signature[slot])) * PRIME
                key ^= key >> np.uint64(29)
            keys[band, row] = (mixed64(key) & ~low) | np.uint64(first + row)


@kernel
def _sign(hashes: Uint64s, start: int, size: int, a: Uint32s, b: Uint32s, out: Uint32s) -> None:
    for p in range(len(a)):
        out[p] = np.uint32(0xFFFFFFFF)
    for k in range(start, start + size):
        h = mixed32(np.uint32(hashes[k] & np.uint64(0xFFFFFFFF)))
        for p in range(len(a)):
            value = np.uint32(np.uint32(a[p] * h) + b[p])
            out[p] = min(out[p], value)
