"""Rows of an earlier build are found again by their keys."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.flow.cache import StageCache
from curate.flow.keys import Keys, places, row_keys
from curate.flow.row_notes import RowNotes
from curate.flow.row_states import now_at
from curate.flow.table import Table, in_memory
from curate.flow.tablewise import Tablewise
from curate.stages.edits import Edits
from schemas.decision import Decision, Ruling
from schemas.example import Example, Message, hash_value
from schemas.row_table import rows_table

NUMBERS = st.lists(st.integers(0, 12), max_size=14)


def alike(numbers: list[int]) -> Keys:
    """Keys that have one number."""
    return np.array([f"{number:032x}".encode() for number in numbers], "S32")


def unlike(numbers: list[int]) -> Keys:
    return np.array([f"{number:08x}{number:08x}{0:016x}".encode() for number in numbers], "S32")


KEYS = st.sampled_from([alike, unlike])


@given(
    KEYS,
    st.lists(st.integers(0, 40), unique=True, max_size=20).map(sorted),
    st.sets(st.integers(0, 40)),
    NUMBERS,
)
def test_rows_that_stay_keep_their_order(
    keys: Callable[[list[int]], Keys], before: list[int], gone: set[int], new: list[int]
) -> None:
    now = [number for number in before if number not in gone]
    for number in dict.fromkeys(new):
        now.insert(number % (len(now) + 1), 100 + number)
    found = now_at(keys(before), keys(now))
    assert found is not None
    assert found.tolist() == [now.index(number) if number in now else -1 for number in before]


@given(KEYS, NUMBERS, NUMBERS)
def test_no_row_is_said_to_be_where_another_is(
    keys: Callable[[list[int]], Keys], before: list[int], now: list[int]
) -> None:
    found = now_at(keys(before), keys(now))
    if found is not None:
        here = [(number, now[at]) for number, at in zip(before, found.tolist(), strict=True) if at >= 0]
        assert all(number == other for number, other in here)
        assert sorted(set(found[found >= 0].tolist())) == found[found >= 0].tolist()


def test_rows_that_changed_places_are_not_followed() -> None:
    assert now_at(alike([1, 2, 3]), alike([2, 1, 3])) is None
    assert now_at(unlike([1, 2, 3]), unlike([2, 1, 3])) is None


@pytest.mark.parametrize("keys", [alike, unlike])
def test_keys_are_found_where_they_stand_first(keys: Callable[[list[int]], Keys]) -> None:
    known = [5, 3, 3, 9, 5]
    assert places(keys(known), keys([3, 5, 7, 9, 3])).tolist() == [1, 0, -1, 3, 1]


def test_many_rows_that_are_others_now_are_looked_up() -> None:
    before = list(range(4000))
    now = [number if number % 2 else 10_000 + number for number in before]
    found = now_at(unlike(before), unlike(now))
    assert found is not None
    assert found.tolist() == [number if number % 2 else -1 for number in before]


@given(
    st.dictionaries(st.integers(0, 12), st.sampled_from("ab"), max_size=6),
    st.dictionaries(st.integers(0, 12), st.sampled_from("ab"), max_size=6),
    st.sets(st.integers(0, 12)),
)
def test_rows_of_which_something_else_is_told(
    before: dict[int, str], now: dict[int, str], gone: set[int]
) -> None:
    ids = alike(list(range(13)))
    told, tell = ({ids.item(row).decode(): note for row, note in notes.items()} for notes in (before, now))
    here = np.array([row for row in range(13) if row not in gone], np.int64)
    to = np.full(13, -1)
    to[here] = np.arange(len(here))
    then, after = RowNotes.of(ids, np.arange(13), told), RowNotes.of(ids, here, tell)
    changed = then.changed(after, to, len(here))
    assert changed.tolist() == [before.get(row) != now.get(row) for row in here.tolist()]
    assert (then.facts() == RowNotes.of(ids, np.arange(13), tell).facts()) == (before == now)


@pytest.mark.parametrize(("rulings", "kept"), [(1, False), (5000, True)])
def test_what_a_light_stage_says_is_not_kept(tmp_path: Path, rulings: int, kept: bool) -> None:
    examples = [Example(hash_value(str(n)), (Message("user", f"{n}?"),), "a", n) for n in range(3)]
    ids = [example.example_id for example in examples]
    decisions = (Decision(1, ids[1], "ada", "drop"),)
    others = {f"{n:020x}": Ruling(f"{n:020x}", ()) for n in range(rulings - 1)}
    edits = Edits({ids[1]: Ruling(ids[1], decisions), **others})
    table = Table(StageCache(tmp_path / "cache"))
    table.extend([(np.array(ids, table.ids.dtype), row_keys(examples), in_memory(rows_table(examples)))])
    answer = Tablewise(table, edits, "edits").run()
    table.cache.settle()
    assert answer.ledger.column("example_id").to_pylist() == [ids[1]]
    assert table.alive.tolist() == [True, False, True]
    assert any((tmp_path / "cache").rglob("*")) is kept
