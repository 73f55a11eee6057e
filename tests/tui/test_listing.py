"""A place in a list: the next line that waits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.model.listing import Cursor, first_line


@given(st.lists(st.booleans(), max_size=8), st.integers(0, 7))
def test_the_next_that_waits_round_the_end(waiting: list[bool], start: int) -> None:
    cursor = Cursor(len(waiting))
    cursor.go(start)
    here = cursor.position
    wanted = [at for at in (*range(here + 1, len(waiting)), *range(here)) if waiting[at]]
    assert cursor.to_next(np.array(waiting, dtype=np.bool_)) == bool(wanted)
    assert cursor.position == (wanted[0] if wanted else here)


@given(st.integers(0, 60), st.integers(1, 12), st.integers(0, 80))
def test_a_page_turns_when_the_cursor_leaves_it(first: int, height: int, position: int) -> None:
    top = first_line(first, height, position)
    assert 0 <= top <= position < top + height
    assert top == first or not first <= position < first + height


def test_of_a_page_two_lines_are_kept() -> None:
    assert first_line(0, 30, 30) == 28
    assert first_line(28, 30, 27) == 0
    assert first_line(0, 30, 500) == 485
    assert first_line(0, 4, 4) == 3
