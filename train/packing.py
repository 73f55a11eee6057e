"""Rows laid end to end into sequences of at most `max_length` tokens: no row split, lost or doubled.

First fit over a seeded shuffle. Best fit over rows sorted by length packs a little tighter, but puts rows of
similar length together. A run packs once: its packs, not their rows, are shuffled from epoch to epoch.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pack:
    """One sequence: indices of its rows, in order, and their lengths in tokens."""

    rows: tuple[int, ...]
    lengths: tuple[int, ...]

    def __len__(self) -> int:
        return sum(self.lengths)


def pack(lengths: Sequence[int], max_length: int, seed: int, epoch: int = 0) -> list[Pack]:
    """Packs over rows of these lengths in tokens, in the order they were opened.

    Deterministic for (lengths, max_length, seed, epoch). Raises ValueError for a row longer than `max_length`
    or empty: rows come truncated, from `train.tokens.prepare`.
    """
    if any(not 0 < length <= max_length for length in lengths):
        raise ValueError(f"rows to pack must have 1 to {max_length} tokens")
    order = list(range(len(lengths)))
    random.Random(f"{seed}:{epoch}").shuffle(order)
    bins: list[list[int]] = []
    room = _Room(len(lengths), max_length)
    for row in order:
        found = room.first(lengths[row])
        if found == len(bins):
            bins.append([])
        bins[found].append(row)
        room.take(found, lengths[row])
    return [Pack(tuple(rows), tuple(lengths[row] for row in rows)) for rows in bins]


class _Room:
    """Free tokens per bin in a tree of maxima: the first bin with room is found in log time."""

    def __init__(self, bins: int, size: int) -> None:
        self.width = 1 << max(0, bins - 1).bit_length()
        self.free = [size] * (2 * self.width)

    def first(self, length: int) -> int:
        node = 1
        while node < self.width:
            node *= 2
            node += self.free[node] < length
        return node - self.width

    def take(self, bin_: int, length: int) -> None:
        node = bin_ + self.width
        self.free[node] -= length
        while node > 1:
            node //= 2
            self.free[node] = max(self.free[2 * node], self.free[2 * node + 1])
