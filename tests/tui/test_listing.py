"""A place in a list: the next line that waits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.model.listing import Cursor


@given(st.lists(st.booleans(), max_size=8), st.integers(0, 7))
def test_the_next_that_waits_round_the_end(waiting: list[bool], start: int) -> None:
    cursor = Cursor(len(waiting))
    cursor.go(start)
    here = cursor.position
    wanted = [at for at in (*range(here + 1, len(waiting)), *range(here)) if waiting[at]]
    assert cursor.to_next(np.array(waiting, dtype=np.bool_)) == bool(wanted)
    assert cursor.position == (wanted[0] if wanted else here)
