"""Realistic stand-ins: of the same look, nobody's, one for each entity, and untraceable."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.pii.engine import make_scanner
from curate.pii.realistic import fake, is_reserved
from curate.pii.surrogates import Surrogates
from curate.stages.pii import Pii
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Pii as Settings
from schemas.stage import Outcome

VALUES = {
    "EMAIL_ADDRESS": ["ada.lovelace@fable.io", "a@b.de"],
    "PHONE_NUMBER": [
        "+44 (0)20 7123 0123",
        "+44 7811 123123",
        "+1 (415) 555-7123",
        "+1 415 7142",
        "0049 30 901820",
        "+49 30 901820",
        "+33612345678",
        "+48 601 123 456",
        "(415) 867-5309",
        "1-800-867-5309",
        "020 7123 0018",
        "07811 123123",
        "06 12 34 56 78",
        "4158675309",
        "867-5309",
    ],
    "CREDIT_CARD": ["4929 1111 1111 1119", "5425-2334-3010-9903", "374245455400126"],
    "IBAN_CODE": ["DE89 3704 0044 0532 0130 00", "gb82west12345698765432"],
    "IP_ADDRESS": ["8.8.8.8", "2a00:1450::8a2e"],
    "MAC_ADDRESS": ["00:1A:2B:3C:4D:5E", "0012.3456.789a"],
    "US_SSN": ["219-09-9999", "219099998"],
    "UK_NINO": ["AB 12 34 56 C", "AB123456C"],
    "PERSON": ["Ada Lovelace", "Ada"],
}
PAIRS = [(entity, value) for entity, values in VALUES.items() for value in values]
KEPT = ["CREDIT_CARD", "IBAN_CODE", "MAC_ADDRESS", "US_SSN", "UK_NINO"]


def run(*contents: str, **options: Any) -> Outcome:
    messages = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(contents))
    row = Example(hash_messages(messages), messages, "raw.jsonl", 1)
    return Pii(Settings.model_validate({"style": "realistic", **options}))([row])


def shape(value: str) -> str:
    return re.sub(r"[A-Za-z]", "x", re.sub(r"\d", "0", value))


@pytest.mark.parametrize(("entity", "value"), PAIRS)
@pytest.mark.parametrize("seed", range(5))
def test_is_reserved_and_another(entity: str, value: str, seed: int) -> None:
    made = fake(entity, value, random.Random(seed))
    assert made is not None
    assert is_reserved(entity, made)
    assert not is_reserved(entity, value)
    assert made != value


@pytest.mark.parametrize(("entity", "value"), [p for p in PAIRS if p[0] in KEPT])
def test_keeps_separators_and_length(entity: str, value: str) -> None:
    made = fake(entity, value, random.Random(1)) or ""
    assert re.sub(r"\w", "0", made) == re.sub(r"\w", "0", value)


@pytest.mark.parametrize(
    "value", ["+44 (0)20 7123 0123", "07811 123123", "+1 (415) 555-7123", "06 12 34 56 78", "867-5309"]
)
def test_a_telephone_number_keeps_its_grouping(value: str) -> None:
    assert shape(fake("PHONE_NUMBER", value, random.Random(1)) or "") == shape(value)


def test_cards_have_a_right_check_digit() -> None:
    scanner = make_scanner(Settings(), Path())
    for value in VALUES["CREDIT_CARD"]:
        made = fake("CREDIT_CARD", value, random.Random(2)) or ""
        assert [f.entity for f in scanner.scan(f"card {made}").findings] == ["CREDIT_CARD"]


def test_one_entity_has_one_stand_in_through_the_conversation() -> None:
    texts = (
        run("I am ada@fable.io, not bob@fable.io.", "Noted: ADA@fable.io.", "call 415-867-5309")
        .rows[0]
        .messages
    )
    first, other = re.findall(r"\S+@example\.\w+", texts[0].content)
    assert texts[1].content == f"Noted: {first}."
    assert first != other
    assert re.fullmatch(r"call \d{3}-555-01\d\d", texts[2].content)


def test_the_same_conversation_and_seed_give_the_same_ones() -> None:
    one, again = run("mail ada@fable.io"), run("mail ada@fable.io")
    assert one == again
    assert run("mail ada@fable.io", seed=18).rows != one.rows
    assert run("mail ada@fable.io", "x").rows[0].messages[0] != one.rows[0].messages[0]


def test_what_is_drawn_does_not_depend_on_the_value() -> None:
    """Otherwise whoever knows the seed could try values until one gives what stands there."""
    texts: list[str] = []
    one, other = Surrogates(texts, "17 id"), Surrogates(texts, "17 id")
    assert one.of("EMAIL_ADDRESS", "ada@fable.io") == other.of("EMAIL_ADDRESS", "bob@fable.io")


def test_types_without_a_reserved_range_keep_their_placeholder() -> None:
    outcome = run("password: hunter22x and RSSMRA85T10A562S")
    assert outcome.rows[0].messages[0].content == "password: <PASSWORD_1> and <IT_FISCAL_CODE_1>"


def test_no_two_entities_share_one_even_when_the_range_is_used_up() -> None:
    surrogates = Surrogates((), "seed")
    made = [surrogates.of("CREDIT_CARD", f"{4000_0000_0000_0000 + n}") for n in range(30)]
    assert len(set(made)) == 30
    assert sum(m.startswith("<CREDIT_CARD_") for m in made) > 20


def test_a_stand_in_never_stands_in_the_conversation_already() -> None:
    taken = Surrogates((), "seed").of("EMAIL_ADDRESS", "ada@fable.io")
    assert Surrogates([f"write to {taken}"], "seed").of("EMAIL_ADDRESS", "ada@fable.io") != taken


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([v for e, v in PAIRS if e not in ("PERSON",)]), min_size=1, max_size=5))
def test_a_second_scan_finds_nothing(values: list[str]) -> None:
    text = "; ".join(f"it is {value}" for value in values)
    once = run(text)
    again = Pii(Settings(style="realistic"))(once.rows)
    assert again == Outcome(once.rows, [])
