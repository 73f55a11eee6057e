"""The pii stage: actions, surrogates, the ledger, and that no value is left anywhere."""

import json
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import curate
from curate.stages.pii import Pii
from schemas.errors import RecipeError
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Pii as Settings
from schemas.stage import Outcome

EMAIL, OTHER, CARD, SSN = "ada@example.com", "bob@example.org", "4111 1111 1111 1111", "219-09-9999"


def example(*contents: str, **fields: Any) -> Example:
    messages = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(contents))
    return Example(hash_messages(messages), messages, "raw.jsonl", 1, **fields)


def run(row: Example, **options: Any) -> Outcome:
    return Pii(Settings(**options))([row])


def everything(outcome: Outcome) -> str:
    return repr(outcome.rows) + repr(outcome.events)


def test_one_value_has_one_surrogate_through_the_conversation() -> None:
    outcome = run(
        example(
            f"I am {EMAIL}, not {OTHER}.",
            f"Noted: {EMAIL.upper()}.",
            f"And {OTHER}, {CARD}",
            "4111111111111111?",
        )
    )
    assert [m.content for m in outcome.rows[0].messages] == [
        "I am <EMAIL_ADDRESS_1>, not <EMAIL_ADDRESS_2>.",
        "Noted: <EMAIL_ADDRESS_1>.",
        "And <EMAIL_ADDRESS_2>, <CREDIT_CARD_1>",
        "<CREDIT_CARD_1>?",
    ]


def test_one_event_per_type_says_where_and_never_what() -> None:
    row = example(f"I am {EMAIL}, not {OTHER}.", f"Your card {CARD}.")
    outcome = run(row)
    email, card = outcome.events
    assert (email.action, email.reason, email.score, email.threshold) == ("edited", "EMAIL_ADDRESS", 1.0, 0.5)
    assert email.detail == {
        "spans": [[0, 5, 20], [0, 26, 41]],
        "recognisers": ["EmailRecognizer"],
        "surrogates": ["<EMAIL_ADDRESS_1>", "<EMAIL_ADDRESS_2>"],
    }
    assert (card.reason, card.detail["spans"]) == ("CREDIT_CARD", [[1, 10, 29]])
    assert email.before_hash == row.content_hash != email.after_hash == outcome.rows[0].content_hash
    for value in (EMAIL, OTHER, CARD):
        assert value not in everything(outcome)


def test_a_clean_row_is_the_same_row() -> None:
    row = example(
        "Where is order 84120397?", "It ships in 3-5 days.", metadata={"n": 3, "s": "x"}, tags=("a",)
    )
    assert run(row) == Outcome([row], [])


def test_metadata_tags_and_tool_calls_are_scrubbed() -> None:
    call = json.dumps(
        [
            {
                "function": {
                    "name": "find",
                    "arguments": json.dumps({"phone": "4155550123", "note": f"a\n{EMAIL}"}),
                }
            }
        ]
    )
    row = Example(
        "id",
        (
            Message("user", "hi"),
            Message("assistant", "", tool_calls=call),
            Message("tool", f"found {EMAIL}", name="find"),
        ),
        "raw.jsonl",
        1,
        tags=("tickets", EMAIL),
        metadata={
            "system": f"Mail {EMAIL}",
            "deep": [{"ssn": "219099998"}, {"password": "hunter22x"}],
            "card": 4111111111111111,
            "n": 7,
        },
    )
    outcome = run(row)
    (after,) = outcome.rows
    calls = json.loads(after.messages[1].tool_calls or "")
    assert json.loads(calls[0]["function"]["arguments"]) == {
        "phone": "<PHONE_NUMBER_1>",
        "note": "a\n<EMAIL_ADDRESS_1>",
    }
    assert after.messages[2].content == "found <EMAIL_ADDRESS_1>"
    assert after.metadata == {
        "system": "Mail <EMAIL_ADDRESS_1>",
        "deep": [{"ssn": "<US_SSN_1>"}, {"password": "<PASSWORD_1>"}],
        "card": "<CREDIT_CARD_1>",
        "n": 7,
    }
    assert after.tags == ("tickets", "<EMAIL_ADDRESS_1>")
    elsewhere = {e.reason: e.detail.get("elsewhere") for e in outcome.events}
    assert elsewhere["EMAIL_ADDRESS"] == {"tool_calls": 1, "metadata": 1, "tags": 1}
    assert elsewhere["CREDIT_CARD"] == {"metadata": 1}


def test_keys_are_scrubbed_and_none_is_lost() -> None:
    arguments = {EMAIL: {"n": 1}, "tel 415-555-0123": "x", "note": "y", "line_7": "z"}
    call = json.dumps([{"function": {"name": "vote", "arguments": arguments}}])
    votes = {EMAIL: 1, EMAIL.upper(): 2, "other@example.org": 3, "key": EMAIL}
    row = Example(
        "id",
        (Message("user", "hi"), Message("assistant", "", tool_calls=call)),
        "raw.jsonl",
        1,
        metadata={"votes": votes, f"from {EMAIL}": True},
    )
    outcome = run(row)
    (after,) = outcome.rows
    [called] = json.loads(after.messages[1].tool_calls or "")
    assert called["function"]["arguments"] == {
        "<EMAIL_ADDRESS_1>": {"n": 1},
        "tel <PHONE_NUMBER_1>": "x",
        "note": "y",
        "line_7": "z",
    }
    assert after.metadata == {
        "votes": {
            "<EMAIL_ADDRESS_1>": 1,
            "<EMAIL_ADDRESS_1>_2": 2,
            "<EMAIL_ADDRESS_2>": 3,
            "key": "<EMAIL_ADDRESS_1>",
        },
        "from <EMAIL_ADDRESS_1>": True,
    }
    elsewhere = {e.reason: e.detail.get("elsewhere") for e in outcome.events}
    assert elsewhere["EMAIL_ADDRESS"] == {"tool_calls": 1, "metadata": 5}
    assert run(after) == Outcome([after], [])


def test_a_key_of_letters_that_is_too_long_for_a_name_is_scanned() -> None:
    row = example("hi", metadata={"ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZabcdefghij": 1, "x": "y"})
    assert run(row).rows[0].metadata == {"<API_KEY_1>": 1, "x": "y"}


def test_drop_names_the_type_and_says_nothing_else() -> None:
    outcome = run(example(f"my ssn is {SSN}, mail {EMAIL}"), entities={"US_SSN": "drop"})
    assert outcome.rows == []
    (event,) = outcome.events
    assert (event.action, event.reason, event.detail["spans"]) == ("dropped", "pii:US_SSN", [[0, 10, 21]])
    assert SSN not in everything(outcome)


def test_a_protected_row_is_redacted_instead_of_dropped() -> None:
    outcome = run(example(f"my ssn is {SSN}", protected=True), action="drop")
    (row,) = outcome.rows
    assert row.messages[0].content == "my ssn is <US_SSN_1>"
    assert row.flags == ("pii:US_SSN",)
    assert [(e.action, e.reason) for e in outcome.events] == [
        ("kept_by_review", "pii:US_SSN"),
        ("edited", "US_SSN"),
    ]


def test_flag_leaves_the_text_and_marks_the_row() -> None:
    row = example(f"mail {EMAIL} or {SSN}")
    outcome = run(row, action="flag", entities={"US_SSN": "redact"})
    (after,) = outcome.rows
    assert after.messages[0].content == f"mail {EMAIL} or <US_SSN_1>"
    assert after.flags == ("pii:EMAIL_ADDRESS",)
    assert [(e.action, e.reason) for e in outcome.events] == [
        ("flagged", "pii:EMAIL_ADDRESS"),
        ("edited", "US_SSN"),
    ]
    assert EMAIL not in repr(outcome.events)


def test_surrogates_already_there_keep_their_numbers() -> None:
    outcome = run(example(f"from <EMAIL_ADDRESS_2> to {EMAIL}"))
    assert outcome.rows[0].messages[0].content == "from <EMAIL_ADDRESS_2> to <EMAIL_ADDRESS_3>"


def test_a_scan_out_of_time_is_flagged() -> None:
    outcome = Pii(Settings(), timeout_s=1e-6)([example("a-" * 4000 + EMAIL)])
    assert outcome.rows[0].flags == ("pii_scan_timeout",)
    (event,) = outcome.events
    assert (event.action, event.reason, event.detail["recognisers"]) == (
        "flagged",
        "pii_scan_timeout",
        ["EmailRecognizer"],
    )


@pytest.mark.parametrize(
    ("entities", "secrets", "mend"),
    [({"EMAIL_ADRESS": "drop"}, True, "EMAIL_ADDRESS"), ({"JWT": "drop"}, False, "pii.secrets: true")],
)
def test_a_type_that_nothing_finds_is_an_error(entities: Mapping[str, Any], secrets: bool, mend: str) -> None:
    with pytest.raises(RecipeError) as error:
        Pii(Settings(entities=dict(entities), secrets=secrets))
    assert mend in error.value.mend


def test_types_off_by_default_join_when_named() -> None:
    row = example("see https://shop.example.com/orders?id=5")
    assert run(row).events == []
    assert run(row, entities={"URL": "redact"}).rows[0].messages[0].content == "see <URL_1>"


VALUES = [
    EMAIL,
    OTHER,
    CARD,
    SSN,
    "415-555-0123",
    "DE89 3704 0044 0532 0130 00",
    "password: hunter22x",
    "plain",
]
ROWS = st.lists(
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=4).map(
        lambda v: example(*[f"it is {x}." for x in v])
    ),
    max_size=6,
)


@settings(max_examples=40)
@given(ROWS, st.integers(1, 4))
def test_batches_and_processes_change_nothing(rows: list[Example], size: int) -> None:
    stage = Pii(Settings(entities={"US_SSN": "drop", "PHONE_NUMBER": "flag"}))
    whole = stage(rows)
    again: Pii = pickle.loads(pickle.dumps(stage))
    parts = [again(rows[i : i + size]) for i in range(0, len(rows), size)]
    assert [r for p in parts for r in p.rows] == whole.rows
    assert [e for p in parts for e in p.events] == whole.events
    assert len(rows) == len(whole.rows) + sum(e.action == "dropped" for e in whole.events)


@settings(max_examples=40)
@given(ROWS)
def test_a_second_scan_finds_nothing(rows: list[Example]) -> None:
    stage = Pii(Settings(), Path())
    once = stage(rows)
    assert stage(once.rows) == Outcome(once.rows, [])


def test_the_stage_pickles_small() -> None:
    stage = Pii(Settings(locales=("de", "us"), style="realistic"), Path("somewhere"))
    stage([example("mail ada@fable.io")])
    assert len(pickle.dumps(stage)) < 1000


@pytest.mark.parametrize("style", ["placeholder", "realistic"])
def test_no_file_of_a_version_holds_a_removed_value(tmp_path: Path, style: str) -> None:
    """Data, ledger, rejects, manifest, card or report: nor a table of what stands for what."""
    values = ["ada.l@fable.io", "4539 1488 0343 6467", "415-867-5309", "219-09-9999", "44051401359"]
    password = "hunter22xyz"
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"row {i}: {value}, password: {password}"},
                {"role": "assistant", "content": f"Noted {value} as number {i}."},
            ]
        }
        for i, value in enumerate(values * 3)
    ]
    (tmp_path / "raw.jsonl").write_text("\n".join(map(json.dumps, rows)))
    recipe = {
        "system_prompt": "Be kind.",
        "sources": [{"path": "raw.jsonl"}],
        "pii": {"style": style, "locales": ["pl"]},
        "dedup": {"threshold": 0.9},
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    curate.build(tmp_path / "recipe.yaml")
    files = [path for path in (tmp_path / ".siftune" / "datasets").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"train.parquet", "ledger.parquet", "manifest.json"}
    for path in files:
        held = path.read_bytes()
        if path.suffix == ".parquet":
            held += str(pq.read_table(path).to_pylist()).encode()
        assert [value for value in (*values, password) if value.encode() in held] == [], path


def test_a_secret_goes_wherever_it_stands_again() -> None:
    row = example("is hunter22xyz right?", "Yes: password: hunter22xyz", "then hunter22xyz, not hunter22xyzz")
    (after,) = Pii(Settings(), Path())([row]).rows
    contents = [m.content for m in after.messages]
    assert [c.count("hunter22xyz") for c in contents] == [0, 0, 1]
    assert len({word for c in contents for word in re.findall("<[A-Z_]+_[0-9]+>", c)}) == 1


def test_a_plain_word_taken_for_a_secret_stays_elsewhere() -> None:
    row = example("password: required", "It is required by law.")
    (after,) = Pii(Settings(), Path())([row]).rows
    assert after.messages[1].content == "It is required by law."
