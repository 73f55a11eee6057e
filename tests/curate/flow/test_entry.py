"""What a row stage made of a batch, and that no row is lost on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.flow.cache import read_tables, write_tables
from curate.flow.entry import Entry, Verdict, enter, key_column, keys_in
from curate.flow.keys import no_keys, row_keys
from schemas.errors import GateError
from schemas.example import Example, Message
from schemas.ledger import Event
from schemas.row_table import ROWS, rows_of
from schemas.stage import Outcome, Scope


def example(name: str, line: int = 1) -> Example:
    return Example(name, (Message("user", name),), "raw/a.jsonl", line)


@dataclass
class Says:
    """A row stage that answers with what it is given, and notes what it was asked."""

    kept: list[Example]
    events: list[Event] = field(default_factory=list)
    name: str = "stage"
    version: int = 1
    scope: Scope = "row"

    def __call__(self, _rows: Sequence[Example]) -> Outcome:
        return Outcome(self.kept, self.events)


class Shout:
    """Drops rows named `x`, changes those named `a`, says something of all others."""

    name = "shout"
    version = 1
    scope: Scope = "row"

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        kept, events = [], []
        for row in rows:
            action = {"x": "dropped", "a": "edited"}.get(row.example_id, "flagged")
            events.append(Event(row.example_id, "shout", action, "loud"))  # type: ignore[arg-type]
            if row.example_id == "a":
                row = replace(row, messages=(Message("user", "A!"),))
            if row.example_id != "x":
                kept.append(row)
        return Outcome(kept, events)


def shouted(rows: Sequence[Example], keep_all: bool = False) -> Entry:
    return enter(Shout(), rows, row_keys(rows), keep_all)


def dropped(name: str) -> Event:
    return Event(name, "stage", "dropped", "toxic")


@pytest.mark.parametrize(
    "answer",
    [
        Says([example("a")]),
        Says([example("a"), example("a")]),
        Says([example("a")], [dropped("a")]),
        Says([example("a"), example("b", 2), example("c", 3)]),
        Says([example("a"), example("b", 2)], [dropped("b")]),
    ],
    ids=["lost", "doubled", "lost and kept", "more", "kept and dropped"],
)
def test_rows_lost_or_doubled_fail_the_build(answer: Says) -> None:
    rows = [example("a"), example("b", 2)]
    with pytest.raises(GateError, match="lost or doubled"):
        enter(answer, rows, row_keys(rows), keep_all=False)


def test_verdicts_events_and_changed_rows() -> None:
    rows = [example("b"), example("x", 2), example("a", 3)]
    entry = shouted(rows)
    assert entry.verdicts.tolist() == [Verdict.SAME, Verdict.DROPPED, Verdict.CHANGED]
    assert entry.contents.column("row").to_pylist() == [2]
    (changed,) = rows_of(entry.contents.select(ROWS.names))
    assert changed.messages == (Message("user", "A!"),)
    assert entry.content_keys().tolist() == row_keys([changed]).tolist() != row_keys([rows[2]]).tolist()
    assert shouted(rows, keep_all=True).contents.column("row").to_pylist() == [0, 2]


def test_each_drop_says_which_raw_row_went_though_copies_share_an_id() -> None:
    rows = [example("x", 1), example("b", 2), example("x", 3)]
    entry = shouted(rows)
    details = entry.events.filter([True, False, True]).column("detail").to_pylist()
    assert details == ['{"line":1,"source":"raw/a.jsonl"}', '{"line":3,"source":"raw/a.jsonl"}']
    assert entry.verdicts.tolist() == [Verdict.DROPPED, Verdict.SAME, Verdict.DROPPED]


def test_an_entry_survives_the_way_to_disk() -> None:
    entry = shouted([example("b"), example("a", 2)])
    assert_same(Entry.of_tables(read_tables(write_tables(entry.tables()))), entry)


def assert_same(one: Entry, other: Entry) -> None:
    assert one.keys.tolist() == other.keys.tolist()
    assert one.verdicts.tolist() == other.verdicts.tolist()
    assert one.events.to_pylist() == other.events.to_pylist()
    assert one.contents.to_pylist() == other.contents.to_pylist()


@given(st.lists(st.binary(min_size=16, max_size=16).map(bytes.hex), max_size=9), st.integers(0, 9))
def test_keys_as_a_column_are_the_same_keys(digests: list[str], start: int) -> None:
    keys = np.array([digest.encode() for digest in digests], no_keys().dtype)[start:]
    column = key_column(keys)
    assert column.to_pylist() == [digest.encode() for digest in digests[start:]]
    assert keys_in(pa.table({"key": column})).tolist() == keys.tolist()
