"""Locales: each country's own numbers, with their checksums, and what is not one of them."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.pii.analyzer import PatternRecognizer, predefined_recognizers
from curate.pii.engine import make_scanner
from curate.pii.entities import is_national
from curate.pii.locales import LANGUAGES, countries
from curate.pii.presidio import CHECKED_WELL, presidio_finders
from curate.pii.recognisers import known_entities, national_entities
from curate.pii.scanner import Scanner
from schemas.errors import RecipeError
from schemas.recipe import Pii

ALL = tuple(LANGUAGES)


def scanner(*locales: str, gated: bool = True) -> Scanner:
    return make_scanner(Pii(locales=locales), Path(), gated=gated)


def found(scanner: Scanner, text: str) -> list[tuple[str, str]]:
    return [(f.entity, text[f.start : f.end]) for f in scanner.scan(text).findings]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de", ("de",)),
        ("en-GB", ("uk",)),
        ("en_us", ("us",)),
        ("gb", ("uk",)),
        ("en-UK", ("uk",)),
        ("sv", ("se",)),
        ("ko-KR", ("kr",)),
        ("en", ("au", "ca", "in", "ng", "ph", "sg", "uk", "us", "za")),
        ("IT", ("it",)),
    ],
)
def test_a_locale_is_a_country_a_language_or_both(locale: str, expected: tuple[str, ...]) -> None:
    assert countries([locale]) == expected


@pytest.mark.parametrize(
    ("locale", "nearest"),
    [("de-AT", "de-DE"), ("en-GA", "en-ZA"), ("deu", "de"), ("en_GBR", "en-GB"), ("xx", None)],
)
def test_an_unknown_locale_names_the_nearest(locale: str, nearest: str | None) -> None:
    with pytest.raises(RecipeError, match=re.escape(repr(locale))) as error:
        make_scanner(Pii(locales=(locale,)), Path())
    assert error.value.mend.startswith(f"did you mean {nearest}?" if nearest else "known: au, ca, de")


def test_the_countries_are_all_that_presidio_has() -> None:
    theirs = {}
    for name in predefined_recognizers.__all__:
        made = getattr(predefined_recognizers, name)
        if isinstance(made, type) and issubclass(made, PatternRecognizer) and made.COUNTRY_CODE:
            theirs[made.COUNTRY_CODE] = made().supported_language
    assert theirs == LANGUAGES
    national = {entity for country in LANGUAGES for entity in national_entities(country)}
    assert {entity for entity in known_entities() if is_national(entity)} == national


VALUES = [
    ("us", "US_SSN", "219-09-9999", "219-00-9999"),
    ("us", "US_NPI", "my NPI 1234567893", "my NPI 1234567890"),
    ("us", "ABA_ROUTING_NUMBER", "routing number 021000021", "routing number 021000022"),
    ("uk", "UK_NHS", "943-476-5919", "943-476-5918"),
    ("uk", "UK_NHS", "NHS 9434765919", "NHS 9434765918"),
    ("de", "DE_TAX_ID", "Steuer-ID 86095742719", "Steuer-ID 86095742718"),
    (
        "de",
        "DE_TAX_ID",
        "Steueridentifikationsnummern: 86095742719",
        "Steueridentifikationsnummern: 86095742718",
    ),
    ("es", "ES_NIF", "12345678Z", "12345678A"),
    ("es", "ES_NIE", "X1234567L", "X1234567A"),
    ("it", "IT_FISCAL_CODE", "RSSMRA85T10A562S", "RSSMRA85T10A562T"),
    ("it", "IT_VAT_CODE", "partita IVA 01333550323", "partita IVA 01333550322"),
    ("pl", "PL_PESEL", "44051401359", "44051401358"),
    ("fi", "FI_PERSONAL_IDENTITY_CODE", "131052-308T", "131052-308U"),
    ("se", "SE_PERSONNUMMER", "811218-9876", "811218-9875"),
    ("tr", "TR_NATIONAL_ID", "10000000146", "10000000147"),
    ("kr", "KR_RRN", "주민등록번호는 960121-1234560", "주민등록번호는 961321-1234560"),
    ("th", "TH_TNIN", "เลขประจำตัวประชาชน 1234567890121", "เลขประจำตัวประชาชน 1234567890122"),
    ("in", "IN_AADHAAR", "aadhaar 3123 4567 8909", "aadhaar 3123 4567 8908"),
    ("sg", "SG_NRIC_FIN", "S2740116C", "S274011"),
    ("au", "AU_TFN", "tfn 876 543 210", "tfn 876 543 211"),
    ("au", "AU_ABN", "51824753556", "51824753557"),
    ("ca", "CA_SIN", "130-692-544", "130-692-545"),
    ("za", "ZA_ID_NUMBER", "ID number 8001015009087", "ID number 8001015009088"),
]


@pytest.mark.parametrize(("country", "entity", "true", "false"), VALUES)
def test_a_countrys_numbers_are_found_where_their_checksum_is_right(
    country: str, entity: str, true: str, false: str
) -> None:
    of_country = scanner(country)
    value = true.rpartition(" ")[2] if entity not in ("AU_TFN", "IN_AADHAAR") else true.partition(" ")[2]
    assert found(of_country, f"It is: {true}, thanks") == [(entity, value)]
    assert entity not in [e for e, _ in found(of_country, f"It is: {false}, thanks")]


def test_a_countrys_own_numbers_are_found_only_where_it_is_named() -> None:
    assert found(scanner(), "PESEL 44051401359") == []
    assert found(scanner("de"), "PESEL 44051401359") == []
    assert found(scanner("de", "pl"), "PESEL 44051401359") == [("PL_PESEL", "44051401359")]


@pytest.mark.parametrize(
    "text",
    [
        "order number 876543210 and 1234567893",
        "Contact us 219099998 or see the United States 219099998",
        "we sold 01333550323 of them, then 9434765919 more",
        "order no. 943-476-5919",
        "the year 1984, 30 days, 2.400,50 EUR, 12/31 and 10:30",
        "sections 15 and 16 of the General Public License v3, requires >=1.2.0.0",
        "Security policy, see 11-22-014634-ab17",
        "12345678901234567890",
    ],
)
def test_a_number_whose_checksum_is_right_by_chance_is_left_alone(text: str) -> None:
    assert found(scanner(*ALL), text) == []


def test_what_counts_without_a_word_passes_at_most_once_in_thirty_by_chance() -> None:
    rng = random.Random(5)
    numbers = {n: ["".join(rng.choices("0123456789", k=n)) for _ in range(3000)] for n in range(9, 14)}
    for entity in sorted(CHECKED_WELL):
        (finder,) = presidio_finders([entity], 10.0)
        for texts in numbers.values():
            assert sum(any(True for _ in finder.find(text)) for text in texts) <= len(texts) / 30


def test_a_type_can_be_ignored() -> None:
    text = "mail ada@x.org, call 415-555-0132, PESEL 44051401359, password: hunter22x"
    ignoring = Pii(
        locales=("pl",),
        entities={"PHONE_NUMBER": "ignore", "PL_PESEL": "ignore", "PASSWORD": "ignore"},
    )
    assert found(make_scanner(ignoring, Path()), text) == [("EMAIL_ADDRESS", "ada@x.org")]


def test_a_countrys_telephone_numbers_join() -> None:
    text = "22 512 34 56 is what I gave them"
    assert found(scanner(), text) == []
    assert found(scanner("pl"), text) == [("PHONE_NUMBER", "22 512 34 56")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([t for v in VALUES for t in v[2:]] + ["Text", "und", "12 34"]), max_size=5))
def test_gates_change_no_finding(pieces: list[str]) -> None:
    text = " ".join(pieces)
    assert scanner(*ALL).scan(text) == scanner(*ALL, gated=False).scan(text)
