"""The arithmetic closes, or the build fails."""

import pytest

from curate.flow.accounts import count
from curate.flow.entry import NO_EVENTS
from schemas.arrow import ledger_table
from schemas.errors import GateError
from schemas.ledger import Action, Event


def said(*events: tuple[str, Action, str]) -> object:
    return ledger_table([Event(name, "stage", action, reason) for name, action, reason in events])


def test_a_stage_that_closes_is_counted_by_reason() -> None:
    tables = [
        said(("b", "dropped", "toxic"), ("a", "flagged", "odd"), ("a", "flagged", "odder")),
        NO_EVENTS,
        said(("c", "dropped", "long")),
    ]
    found = count("stage", 3, 1, 0, tables, 1.23456)
    assert (found.rows_in, found.kept, found.dropped, found.flagged) == (3, 1, {"long": 1, "toxic": 1}, 1)
    assert found.seconds == 1.235
    assert found.closes


def test_a_row_lost_without_a_word_fails_the_build() -> None:
    with pytest.raises(GateError, match="2 in"):
        count("stage", 2, 1, 0, [NO_EVENTS], 0)


def test_created_rows_are_part_of_the_sum() -> None:
    created = [said(("child", "created", "paraphrase"))]
    assert count("stage", 1, 2, 1, created, 0).created == 1
    with pytest.raises(GateError):
        count("stage", 1, 2, 0, created, 0)
