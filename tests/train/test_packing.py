"""Packing: every row once and whole, nothing too long, the same for a seed, another order each epoch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.packing import pack


@given(
    lengths=st.lists(st.integers(1, 64), max_size=200),
    max_length=st.integers(64, 200),
    seed=st.integers(0, 5),
    epoch=st.integers(0, 3),
)
def test_no_row_is_split_lost_or_doubled(lengths: list[int], max_length: int, seed: int, epoch: int) -> None:
    packs = pack(lengths, max_length, seed, epoch)
    assert sorted(row for p in packs for row in p.rows) == list(range(len(lengths)))
    assert all(p.lengths == tuple(lengths[row] for row in p.rows) for p in packs)
    assert all(0 < len(p) <= max_length for p in packs)
    assert packs == pack(lengths, max_length, seed, epoch)


@given(lengths=st.lists(st.integers(1, 100), min_size=1, max_size=100))
def test_at_most_one_pack_is_half_empty(lengths: list[int]) -> None:
    """First fit: two packs at most half full would have been one."""
    packs = pack(lengths, 100, seed=1)
    assert sum(len(p) <= 50 for p in packs) <= 1


def test_neighbours_change_with_the_epoch_and_the_seed() -> None:
    lengths = [10 + i % 7 for i in range(100)]
    first = pack(lengths, 64, seed=1)
    assert first != pack(lengths, 64, seed=1, epoch=1)
    assert first != pack(lengths, 64, seed=2)


@pytest.mark.parametrize("lengths", [[5, 65], [5, 0]])
def test_rows_that_fit_no_pack_are_refused(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="1 to 64 tokens"):
        pack(lengths, 64, seed=1)


def test_a_pack_can_be_filled_to_the_last_token() -> None:
    assert [len(p) for p in pack([50, 50, 100, 30, 70], 100, seed=1)].count(100) == 3
