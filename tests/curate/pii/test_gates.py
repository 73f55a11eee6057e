"""Gates lose nothing: with them and without them the findings are the same, of every type and on any text."""

import re
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.pii.engine import make_scanner
from curate.pii.locales import LANGUAGES
from curate.pii.look import DIGIT, Look, LooseGate, RowGate, SeparatedGate, shape, words
from curate.pii.recognisers import known_entities
from curate.pii.scanner import Scanner
from schemas.recipe import Pii

DIGITS_AND_LETTERS = (
    "0123456789 .-/",
    "0123456789ab AB-.:/@+()[]",
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -",
    "0123456789abcdef:.-",
    "0123456789٣۴１ſKıİ² .-ABab\u00a0\t\n",
)
WORDS = sorted({word for makers in known_entities().values() for m in makers for word in m().context or ()})


@lru_cache
def scanners() -> tuple[Scanner, Scanner]:
    every = Pii(locales=tuple(LANGUAGES), entities={"URL": "redact", "DATE_TIME": "redact"})
    return make_scanner(every, Path()), make_scanner(every, Path(), gated=False)


def same_findings(text: str) -> None:
    gated, ungated = scanners()
    assert gated.scan(text) == ungated.scan(text)


PIECES = st.one_of(
    *(st.text(alphabet=alphabet, max_size=24) for alphabet in DIGITS_AND_LETTERS),
    st.sampled_from(WORDS),
    st.sampled_from(["order", "call", "password:", "api_key=", "Bearer", "https://", "sk-", "ghp_", "eyJ"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=6), st.sampled_from([" ", "", ", ", ": ", "\n"]))
def test_on_text_of_digits_separators_letters_and_words_of_context(pieces: list[str], between: str) -> None:
    same_findings(between.join(pieces))


def patterns() -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    for entity, makers in sorted(known_entities().items()):
        for maker in makers:
            recogniser = maker()
            for pattern in recogniser.patterns:
                found.append((entity, pattern.regex, tuple(recogniser.context or ("it",))))
    return found


def generable(pattern: str) -> bool:
    """What Hypothesis can draw from: not what only the `regex` package knows."""
    try:
        return bool(re.compile(pattern)) and st.from_regex(pattern).validate() is None
    except (re.error, ValueError, NotImplementedError):
        return False


SLOW_TO_DRAW = ("IBAN_CODE", "US_HEALTH_INSURANCE_MEMBER_ID")
DRAWN = [each for each in patterns() if each[0] not in SLOW_TO_DRAW and generable(each[1])]


@pytest.mark.parametrize("entity", sorted({entity for entity, _, _ in DRAWN}))
def test_on_what_a_types_own_patterns_match(entity: str) -> None:
    of_type = [(pattern, context) for name, pattern, context in DRAWN if name == entity]

    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        pattern, context = data.draw(st.sampled_from(of_type))
        value = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
        word = data.draw(st.sampled_from(context))
        same_findings(f"{word} {value}, so {word.upper()}: {value.lower()}")

    check()


@pytest.mark.parametrize("text", ["postcode GIR 0AA", "the postal code: gir 0aa", "zip: sw1a 1aa"])
def test_a_postcode_whose_first_half_has_no_digit_passes(text: str) -> None:
    same_findings(text)
    assert [f.entity for f in scanners()[0].scan(text).findings] == ["UK_POSTCODE"]


def test_a_shape_is_lower_case_with_zeros_for_digits_of_any_script() -> None:
    assert shape("^ab-00$").passes(Look("x AB-１٣ y"))
    assert not shape("^ab-00$").passes(Look("ab -12"))
    assert not DIGIT.passes(Look("no number"))


def test_a_phrase_needs_all_its_words() -> None:
    plate = words(["number plate", "vin"])
    assert plate.passes(Look("Plate and NUMBER"))
    assert plate.passes(Look("my VIN-1"))
    assert not plate.passes(Look("order number 12"))
    whole = words(["car"], r"(?<!\w)", r"(?!\w)")
    assert whole.passes(Look("a (car)"))
    assert not whole.passes(Look("a scarf"))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("123 12", (5, 5, 0)),
        ("12345 or 123-4", (5, 4, 0)),
        ("1  2 3 4", (0, 0, 0)),
        ("-- 1234", (4, 0, 0)),
        ("12\n34", (4, 4, 0)),
        ("٣٣٣٣", (4, 0, 0)),
        ("a1b2", (0, 0, 0)),
        ("+1 (415) 555-0123", (7, 7, 11)),
        ("12, 3456789", (7, 0, 7)),
    ],
)
def test_rows_of_digits(text: str, rows: tuple[int, int, int]) -> None:
    look = Look(text)
    assert look.rows == rows
    assert RowGate(4).passes(look) == (rows[0] >= 4)
    assert SeparatedGate(4, words(["zzz"])).passes(look) == (rows[1] >= 4)
    assert LooseGate(7).passes(look) == (rows[2] >= 7)
