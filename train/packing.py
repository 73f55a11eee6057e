"""Rows laid end to end into sequences of at most `max_length` tokens: no row split, lost or doubled."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pack:
    """One sequence: indices of its rows, in order, and their lengths in tokens."""

    rows: tuple[int, ...]
    lengths: tuple[int, ...]


def pack(lengths: Sequence[int], max_length: int, seed: int, epoch: int = 0) -> list[Pack]:
    """Packs over rows of these lengths. Deterministic for (lengths, max_length, seed, epoch)."""
    raise NotImplementedError
