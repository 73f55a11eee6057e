"""Numbering plans: what they say no to, libphonenumber's own matcher finds nothing in."""

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.pii.locales import LANGUAGES, regions
from curate.pii.numbering import LEAST_DIGITS, MOST_DIGITS, holding
from curate.pii.phone_runs import STRICT_GROUPING, QuickMatcher
from curate.pii.phones import REGIONS, PhoneFinder

ALL = tuple(dict.fromkeys((*REGIONS, *regions(tuple(LANGUAGES)))))


def example_numbers() -> list[str]:
    made = [phonenumbers.example_number_for_type(region, kind) for region in ALL for kind in range(7)]
    formats = (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    written = {phonenumbers.format_number(number, form) for number in made if number for form in formats}
    return sorted(text for text in written if not re.search("[a-z]", text))


GROUPED = st.builds(
    lambda prefix, blocks, separator: prefix + separator.join(blocks),
    st.sampled_from(["", "0", "00", "(0", "1 ", "0049 ", "+"]),
    st.lists(st.from_regex(r"[0-9]{2,6}", fullmatch=True), min_size=1, max_size=6),
    st.sampled_from([" ", "-", ".", "/", " - ", "  "]),
)
NUMBERS = st.one_of(
    GROUPED,
    st.sampled_from(example_numbers()),
    st.sampled_from(example_numbers()).map(lambda text: text.replace("+", "00")),
    st.text(alphabet="0123456789 -./()+", min_size=7, max_size=30),
)


def matches(run: str, region: str) -> list[tuple[int, int]]:
    matcher = phonenumbers.PhoneNumberMatcher(run, region, leniency=STRICT_GROUPING)
    return [(match.start, match.end) for match in matcher]


def grouped(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return LEAST_DIGITS <= digits <= MOST_DIGITS and re.search(r"\d\D+\d", text) is not None


@settings(max_examples=100, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=2).map(" ".join))
def test_a_plan_loses_no_number(run: str) -> None:
    held = set(holding(run, ALL))
    for region in ALL:
        found = matches(run, region)
        quick = QuickMatcher(run, region, leniency=STRICT_GROUPING)
        assert [(match.start, match.end) for match in quick] == found
        assert region in held or not any(grouped(run[start:end]) for start, end in found)


@pytest.mark.parametrize(
    ("run", "region"), [("06 12 34 56 78", "FR"), ("612 34 56 78", "ES"), ("22 512 34 56", "PL")]
)
def test_few_regions_are_left_to_ask(run: str, region: str) -> None:
    held = list(holding(run, ALL))
    assert region in held
    assert len(held) < len(ALL) / 2


def test_many_numbers_side_by_side_are_found_each() -> None:
    numbers = [f"06 12 34 56 {n}" for n in range(10, 90)]
    for between in (" / ", " - ", ", "):
        text = between.join(numbers)
        found = [text[f.start : f.end] for f in PhoneFinder().find(text)]
        assert found == numbers


def test_many_international_numbers_side_by_side_are_found_each() -> None:
    numbers = [f"+49 170 12345{n}" for n in range(10, 90)]
    text = "order no " + " ".join(numbers)
    assert [text[f.start : f.end] for f in PhoneFinder().find(text)] == numbers
