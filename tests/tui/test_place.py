"""A place in a list: where it goes is what looking at every row would say, however long the list."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.model import place as place_module
from tui.model.place import Place

ORDERS = st.lists(st.integers(0, 60), unique=True, max_size=40)


@given(order=ORDERS, wanted=st.sets(st.integers(0, 60)), start=st.integers(0, 50), back=st.booleans())
def test_next_is_the_nearest_wanted_round_the_end(
    order: list[int], wanted: set[int], start: int, back: bool
) -> None:
    place = Place(np.array(order, dtype=np.int64))
    place.go(start)
    here = place.position
    n = len(order)
    step = -1 if back else 1
    round_about = [(here + step * i) % n for i in range(1, n)] if n else []
    expected = next((p for p in round_about if order[p] in wanted), None)
    moved = place.go_to_next(lambda rows: np.isin(rows, list(wanted)), back=back)
    assert moved == (expected is not None)
    assert place.position == (expected if moved else here)


@given(order=ORDERS, wanted=st.sets(st.integers(0, 60)))
def test_first_and_positions(order: list[int], wanted: set[int]) -> None:
    place = Place(np.array(order, dtype=np.int64))
    place.go_to_first(lambda rows: np.isin(rows, list(wanted)))
    assert place.position == next((p for p, row in enumerate(order) if row in wanted), 0)
    for row in range(-1, 62):
        assert place.position_of(row) == (order.index(row) if row in order else None)


def test_a_move_looks_at_what_it_passes_over_alone(monkeypatch: Any) -> None:
    monkeypatch.setattr(place_module, "_FEW", 8)
    looked = 0

    def wanted(rows: Any) -> Any:
        nonlocal looked
        looked += len(rows)
        return rows % 100 == 0

    place = Place(np.arange(1_000_000, dtype=np.int64))
    place.go(500_001)
    assert place.go_to_next(wanted)
    assert place.position == 500_100
    assert looked < 400
    assert place.go_to_next(wanted, back=True)
    assert place.position == 500_000
