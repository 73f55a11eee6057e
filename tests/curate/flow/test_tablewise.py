"""Rows of an earlier build are found again by their keys."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.flow.keys import Keys
from curate.flow.tablewise import now_at

NUMBERS = st.lists(st.integers(0, 12), max_size=14)


def keys(numbers: list[int]) -> Keys:
    return np.array([f"{number:032x}".encode() for number in numbers], "S32")


@given(
    st.lists(st.integers(0, 40), unique=True, max_size=20).map(sorted), st.sets(st.integers(0, 40)), NUMBERS
)
def test_rows_that_stay_keep_their_order(before: list[int], gone: set[int], new: list[int]) -> None:
    now = [number for number in before if number not in gone]
    for number in dict.fromkeys(new):
        now.insert(number % (len(now) + 1), 100 + number)
    found = now_at(keys(before), keys(now))
    assert found is not None
    assert found.tolist() == [now.index(number) if number in now else -1 for number in before]


@given(NUMBERS, NUMBERS)
def test_no_row_is_said_to_be_where_another_is(before: list[int], now: list[int]) -> None:
    found = now_at(keys(before), keys(now))
    if found is not None:
        here = [(number, now[at]) for number, at in zip(before, found.tolist(), strict=True) if at >= 0]
        assert all(number == other for number, other in here)
        assert len(set(found[found >= 0].tolist())) == len(here)


def test_rows_that_changed_places_are_not_followed() -> None:
    assert now_at(keys([1, 2, 3]), keys([2, 1, 3])) is None
