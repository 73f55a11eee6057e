"""The arithmetic closes, row by row, or the build fails."""

import pytest

from curate.building.accounts import locate, settle
from schemas.errors import GateError
from schemas.example import Example, Message
from schemas.ledger import Event
from schemas.stage import Outcome


def example(name: str, line: int = 1) -> Example:
    return Example(name, (Message("user", name),), "raw/a.jsonl", line)


def dropped(name: str, reason: str = "toxic") -> Event:
    return Event(name, "stage", "dropped", reason)


def test_a_stage_that_closes_is_counted_by_reason() -> None:
    rows = [example("a"), example("b", 2), example("c", 3)]
    outcome = Outcome([rows[0]], [dropped("b"), dropped("c", "long"), Event("a", "stage", "flagged", "odd")])
    count = settle("stage", rows, outcome, 1.23456)
    assert (count.rows_in, count.kept, count.dropped, count.flagged) == (3, 1, {"long": 1, "toxic": 1}, 1)
    assert count.closes


def test_a_row_lost_without_a_word_fails_the_build() -> None:
    rows = [example("a"), example("b", 2)]
    with pytest.raises(GateError, match="2 in"):
        settle("stage", rows, Outcome([rows[0]], []), 0)


def test_counts_that_close_over_the_wrong_rows_fail_the_build() -> None:
    rows = [example("a"), example("b", 2)]
    with pytest.raises(GateError, match="lost or doubled"):
        settle("stage", rows, Outcome([rows[0], rows[0]], []), 0)
    with pytest.raises(GateError, match="lost or doubled"):
        settle("stage", rows, Outcome([rows[0]], [dropped("a")]), 0)


def test_created_rows_are_part_of_the_sum() -> None:
    rows = [example("a")]
    created = Event("child", "stage", "created", "paraphrase", matched_id="a")
    assert settle("stage", rows, Outcome([*rows, example("child")], [created]), 0).created == 1
    with pytest.raises(GateError):
        settle("stage", rows, Outcome([*rows, example("child")], []), 0)


def test_each_drop_says_which_raw_row_went_even_when_ids_are_shared() -> None:
    rows = [example("a", 1), example("a", 2), example("a", 3)]
    events = locate(rows, Outcome([rows[1]], [dropped("a"), dropped("a")]))
    assert [e.detail for e in events] == [
        {"source": "raw/a.jsonl", "line": 1},
        {"source": "raw/a.jsonl", "line": 3},
    ]
