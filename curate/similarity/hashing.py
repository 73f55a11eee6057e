"""Hashes of words, n-grams and sets as numpy has them; `kernels` computes the same ones.

A word's hash is FNV-1a over its UTF-8 bytes, finished with MurmurHash3's mixer; all are stable numbers of 64
bits that depend on nothing but the text.
"""

import numpy as np
import numpy.typing as npt

from schemas.arrays import Ints, Uint64s

FNV_BASIS = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3
MULTIPLIER = 0x9E3779B97F4A7C15  # odd, so that multiplying loses nothing modulo 2^64
_ALL = 2**64 - 1
_MANY = 4096
SALT = np.uint64(0x2545F4914F6CDD1D)


def mixed(h: Uint64s) -> Uint64s:
    """MurmurHash3's 64-bit finaliser: every bit of the result depends on every bit of `h`."""
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


def numbers_of(ids: npt.NDArray[np.bytes_] | npt.NDArray[np.void]) -> Uint64s:
    """A hash of each id, 0 for an empty one."""
    width = -(-ids.dtype.itemsize // 8)
    whole = ids.astype(f"S{8 * width}") if ids.dtype.itemsize % 8 else np.ascontiguousarray(ids)
    words = whole.view(np.uint64).reshape(-1, width)
    hashed = np.zeros(len(ids), np.uint64)
    for at in range(width):
        hashed = mixed(hashed ^ words[:, at])
    return hashed


def hash_word(word: str) -> int:
    h = FNV_BASIS
    for byte in word.encode("utf-8", "surrogatepass"):
        h = ((h ^ byte) * FNV_PRIME) & _ALL
    # `mixed`, without numpy's price for one number.
    h = ((h ^ (h >> 33)) * 0xFF51AFD7ED558CCD) & _ALL
    h = ((h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53) & _ALL
    return h ^ (h >> 33)


def nearest(ascending: Uint64s, hashes: Uint64s) -> Ints:
    """Where in `ascending`, which is not empty, each hash stands or would stand, the last place at most.
    Many are looked up in their order: at random nearly each look misses the processor's cache."""
    if len(hashes) < _MANY or (hashes[1:] >= hashes[:-1]).all():
        return np.minimum(np.searchsorted(ascending, hashes), len(ascending) - 1)
    order = np.argsort(hashes)
    place = np.empty(len(hashes), np.int64)
    place[order] = np.searchsorted(ascending, hashes[order])
    return np.minimum(place, len(ascending) - 1)
