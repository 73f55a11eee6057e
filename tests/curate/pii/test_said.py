"""What reviewers say of found values, in the stage: kept, replaced, and never written down."""

from typing import Any, Literal

import pytest

from curate.pii.said import Said, digest, new_salt
from curate.pii.surrogates import normal_form
from curate.stages.pii import Pii
from curate.statements import ANYWHERE
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Pii as Settings
from schemas.stage import Outcome

HOTLINE, OTHER, MAIL = "(415) 555-0132", "+1 212 555 0147", "ada@example.com"
PHONE: Literal["PHONE_NUMBER"] = "PHONE_NUMBER"


def example(*contents: str, **fields: Any) -> Example:
    messages = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(contents))
    return Example(hash_messages(messages), messages, "raw.jsonl", 1, **fields)


def said(value: str, personal: bool, *, where: str = ANYWHERE, entity: str = PHONE, by: str = "ada") -> Said:
    salt = new_salt()
    about = (where, entity, salt, digest(salt, entity, normal_form(entity, value)))
    return Said({about: (personal, by)})


def run(row: Example, words: Said, **options: Any) -> Outcome:
    return Pii(Settings(**options), said=words)([row])


def test_a_value_called_none_stays_everywhere_however_it_is_spelt() -> None:
    row = example(f"Is it {HOTLINE}?", f"Yes, 415-555-0132, not {OTHER}.")
    outcome = run(row, said(HOTLINE, False))
    assert [m.content for m in outcome.rows[0].messages] == [
        f"Is it {HOTLINE}?",
        "Yes, 415-555-0132, not <PHONE_NUMBER_1>.",
    ]
    edited, spared = outcome.events
    assert (edited.action, edited.reason, edited.actor) == ("edited", PHONE, "siftune")
    assert (spared.action, spared.reason, spared.actor) == ("kept_by_review", "not_pii:PHONE_NUMBER", "ada")
    assert spared.detail["spans"] == [[0, 6, 20], [1, 5, 17]]


def test_one_example_alone() -> None:
    here, there = example(f"Call {HOTLINE}"), example(f"Please call {HOTLINE}")
    words = said(HOTLINE, False, where=here.example_id)
    assert HOTLINE in repr(run(here, words).rows)
    assert HOTLINE not in repr(run(there, words).rows)


def test_a_row_that_the_value_would_have_dropped_stays() -> None:
    row = example(f"Call {HOTLINE}")
    assert run(row, Said(), entities={PHONE: "drop"}).rows == []
    assert run(row, said(HOTLINE, False), entities={PHONE: "drop"}).rows == [row]


def test_a_flagged_value_called_personal_is_replaced_and_the_others_stay_flagged() -> None:
    row = example(f"Call {HOTLINE} or {OTHER}")
    outcome = run(row, said(HOTLINE, True), action="flag")
    assert outcome.rows[0].messages[0].content == f"Call <PHONE_NUMBER_1> or {OTHER}"
    assert outcome.rows[0].flags == ("pii:PHONE_NUMBER",)
    flagged, edited = outcome.events
    assert (flagged.action, flagged.actor, flagged.detail["spans"]) == ("flagged", "siftune", [[0, 23, 38]])
    assert (edited.action, edited.actor) == ("edited", "ada")
    assert HOTLINE not in repr(edited)


def test_a_secret_called_none_is_not_sought_elsewhere_either() -> None:
    token = "ghp_" + "Ab1" * 12
    row = example(f"token {token}", f"the word {token} again")
    outcome = run(row, said(token, False, entity="API_KEY"))
    assert outcome.rows[0].messages == row.messages


@pytest.mark.parametrize("first", [True, False])
def test_the_word_on_one_example_comes_before_the_word_on_all(first: bool) -> None:
    row = example(f"Call {HOTLINE}")
    everywhere, here = said(HOTLINE, first), said(HOTLINE, not first, where=row.example_id)
    words = Said({**everywhere._values, **here._values})
    assert (HOTLINE in repr(run(row, words).rows)) is first


def test_the_digest_tells_no_value() -> None:
    words = said(MAIL, False, entity="EMAIL_ADDRESS")
    assert MAIL not in repr(words._values)
    salt = new_salt()
    assert digest(salt, "EMAIL_ADDRESS", MAIL) != digest(new_salt(), "EMAIL_ADDRESS", MAIL)
