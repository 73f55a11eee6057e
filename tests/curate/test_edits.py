"""Decisions before filters: drop drops, edit replaces, keep protects, disagreement waits."""

from closing import assert_closes

from curate.flow.rows import applied
from curate.stages.edits import Edits
from schemas.decision import Decision, Ruling
from schemas.example import Example, Message

ROW = Example("a", (Message("user", "q"), Message("assistant", "wrong")), "raw/a.jsonl", 7)


def ruling(*decisions: Decision) -> dict[str, Ruling]:
    return {"a": Ruling("a", decisions)}


def test_drop_names_the_annotator_and_keeps_the_reviewers_words_out_of_the_ledger() -> None:
    note = "the customer jane@fable.example complained"
    outcome = applied(Edits(ruling(Decision(1, "a", "ada", "drop", reason="wrong", note=note))), [ROW])
    assert outcome.rows == []
    (event,) = outcome.events
    assert (event.action, event.reason, event.actor) == ("dropped", "review", "ada")
    assert "jane" not in repr(event)
    assert_closes([ROW], outcome)


def test_edit_keeps_the_id_and_changes_the_content() -> None:
    messages = (Message("system", "old prompt"), Message("user", "q"), Message("assistant", "right"))
    outcome = applied(Edits(ruling(Decision(1, "a", "ada", "edit", messages=messages))), [ROW])
    (row,) = outcome.rows
    assert row.example_id == "a"
    assert row.messages == messages[1:]
    assert (row.origin, row.protected) == ("edited", True)
    (event,) = outcome.events
    assert (event.before_hash, event.after_hash) == (ROW.content_hash, row.content_hash)
    assert event.before_hash != event.after_hash


def test_keep_protects() -> None:
    outcome = applied(Edits(ruling(Decision(1, "a", "ada", "keep"))), [ROW])
    assert outcome.rows[0].protected
    assert outcome.rows[0].flags == ("reviewed",)


def test_disagreement_leaves_the_example_as_it_is_but_flagged() -> None:
    two = ruling(Decision(1, "a", "ada", "keep"), Decision(2, "a", "bob", "drop"))
    outcome = applied(Edits(two), [ROW])
    assert outcome.rows == [ROW.flagged("disagreement")]
    assert outcome.events[0].actor == "ada, bob"


def test_two_different_edits_disagree() -> None:
    edits = [Decision(n, "a", who, "edit", messages=(Message("user", who),)) for n, who in enumerate("xy")]
    assert applied(Edits(ruling(*edits)), [ROW]).rows == [ROW.flagged("disagreement")]
