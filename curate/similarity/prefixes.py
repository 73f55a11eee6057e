"""Prefixes of shingle sets: of each set the shingles of which a set alike must have one.

Shingles stand in one order, rare ones first. Of a set of n, the first n - ceil(t n) + 1 contain one of those
of every set of Jaccard t or more, and these as well (Bayardo, Ma and Srikant 2007). Any order is right, as
long as it is the same for all sets.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.hashing import MULTIPLIER
from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles
from curate.similarity.threads import cores, each, spans
from schemas.arrays import Ints, Ints32, Uint32s, Uint64s

_CHUNK = 32768  # sets
_SHINGLE = np.uint64(2**40 - 1)  # the bits of a hash that a key has
_SPARSE = 4  # places of a table for each that is taken
_ORDINARY = 2**24 - 1  # counts are told apart up to here


def prefix_lengths(sizes: Ints32, threshold: float) -> Ints:
    """How many shingles of each set are its prefix."""
    return np.asarray(sizes - np.ceil(threshold * sizes - 1e-9) + 1).astype(np.int64)


def low_bits(size: int) -> np.uint64:
    """A mask that holds the numbers of so many sets."""
    return np.uint64((1 << max(size.bit_length(), 1)) - 1)


def table_bits(shingles: int) -> int:
    """The size of the table that shingles are counted in, as a power of two. Two sets of sets are ordered
    alike only where it is the same."""
    return min(max(shingles.bit_length(), 10), 26)


def counted(sets: Sets, bits: int) -> Uint32s:
    """How many shingles of all sets share the highest `bits` bits of their hashes, by these."""
    from curate.similarity.kernels.prefixes import count_shingles

    counts = np.zeros(1 << bits, dtype=np.uint32)
    parts = cores()
    each(
        lambda part: count_shingles(
            sets.hashes, sets.starts, sets.sizes, part, parts, np.uint64(64 - bits), counts
        ),
        range(parts),
    )
    return counts


def prefix_keys(sets: Sets, threshold: float, counts: Uint32s) -> tuple[Uint64s, np.uint64, int]:
    """The sorted keys of all prefixes, the order being that of `counts`; the mask of the sets' numbers in
    them; and the highest count of a shingle in a prefix. No set is empty."""
    from curate.similarity.kernels import prefixes

    low, shift = low_bits(len(sets)), _shift(counts)

    def fill(span: tuple[int, int]) -> tuple[Uint64s, int]:
        part = slice(*span)
        sizes = sets.sizes[part]
        keys = np.empty(int(np.ceil((1.0 - threshold) * sizes + 2).sum()), dtype=np.uint64)
        used, commonest = prefixes.prefix_keys(
            sets.hashes, sets.starts[part], sizes, threshold, shift, counts, span[0], low, keys
        )
        return keys[:used].copy(), commonest

    filled = each(fill, spans(len(sets), _CHUNK))
    keys = np.concatenate([np.empty(0, dtype=np.uint64), *(keys for keys, _ in filled)])
    keys.sort()
    return keys, low, max((commonest for _, commonest in filled), default=0)


def few_prefixes(shingles: Shingles, threshold: float, counts: Uint32s) -> tuple[Ints, Uint64s]:
    """The same for few sets without compiled code: whose prefix, and the shingle as it stands in keys."""
    often = np.minimum(counts[shingles.hashes >> _shift(counts)], _ORDINARY).astype(np.uint64)
    values = (often << np.uint64(40)) | (shingles.hashes & _SHINGLE)
    chosen = rarest(values, shingles.sizes, prefix_lengths(shingles.sizes, threshold))
    owners = np.repeat(np.arange(len(shingles)), shingles.sizes)[chosen]
    return owners, (values[chosen] & _SHINGLE) * np.uint64(MULTIPLIER)


def rarest(common: npt.NDArray[Any], sizes: Ints32, lengths: Ints) -> Ints:
    """Of each set as many places in `common` as its length says, those of the lowest values; a set's are
    together, the lowest first."""
    owners = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.cumsum(sizes) - sizes
    within = np.arange(len(owners)) - np.repeat(starts, sizes)
    longest = int(sizes.max(initial=0))
    if longest * len(sizes) > _SPARSE * len(owners):
        order = np.lexsort((common, owners))
        return np.asarray(order[within < np.repeat(lengths, sizes)])
    # Sets of about one size are sorted side by side, each by itself.
    table = np.full((len(sizes), longest), np.iinfo(common.dtype).max, common.dtype)
    table[owners, within] = common
    chosen = np.arange(longest) < lengths[:, None]
    return np.asarray((np.argsort(table, axis=1, kind="stable") + starts[:, None])[chosen])


def _shift(counts: Uint32s) -> np.uint64:
    return np.uint64(64 - (len(counts).bit_length() - 1))
