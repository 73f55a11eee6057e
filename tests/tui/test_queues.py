"""Queues and orders: whatever the numbers, every row that has one is there once, worst first."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.model.measures import Measure
from tui.model.queues import _ordered
from tui.model.searching import in_order

NUMBERS = st.lists(st.floats(width=32) | st.integers(-2, 2).map(float), max_size=30).map(np.array)


def is_stable(values: np.ndarray, rows: np.ndarray) -> bool:
    """Among equals, the order is that of the file."""
    pairs = itertools.pairwise(rows)
    return all(a < b for a, b in pairs if values[a] == values[b])


@given(NUMBERS)
def test_a_queue_has_all_that_were_measured_worst_first(values: np.ndarray) -> None:
    values = values.astype(np.float64)
    queue = _ordered("loss", values, values, "nats/token")
    shown = values[queue.rows]
    assert sorted(queue.rows.tolist()) == np.flatnonzero(~np.isnan(values)).tolist()
    assert (shown[:-1] >= shown[1:]).all()
    assert is_stable(values, queue.rows)


@given(NUMBERS, st.booleans())
def test_an_order_loses_no_row_and_has_those_without_a_number_last(
    values: np.ndarray, descending: bool
) -> None:
    values = values.astype(np.float64)
    everything = np.arange(len(values))
    rows = in_order(everything, Measure("loss", values, "", 2), descending=descending)
    shown = values[rows]
    known = shown[~np.isnan(shown)]
    assert sorted(rows.tolist()) == everything.tolist()
    assert np.isnan(shown[len(known) :]).all()
    assert (known[:-1] >= known[1:]).all() if descending else (known[:-1] <= known[1:]).all()
    assert is_stable(values, rows[: len(known)])
    assert in_order(rows, None, descending=descending) is rows
