"""Phone numbers: the formats that people write, and the numbers that are none.

Measured when written: Presidio's own recogniser (eight regions, leniency VALID) takes `4155550123` in
`order number is 4155550123` and the `38-40-42` of a size for phone numbers, and misses `+44 7700 900123`,
`01632 960123`'s country-coded form and every number of seven digits.
"""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.pii.phones import PhoneFinder

FINDER = PhoneFinder()


def numbers(text: str) -> list[str]:
    return [text[f.start : f.end] for f in FINDER.find(text)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ring +44 (0)20 7946 0123 before noon", "+44 (0)20 7946 0123"),
        ("+44 7700 900123", "+44 7700 900123"),
        ("+1 (415) 555-0123", "+1 (415) 555-0123"),
        ("+1 555 0142", "+1 555 0142"),
        ("(+49) 30 901820", "(+49) 30 901820"),
        ("from abroad 0049 30 901820", "0049 30 901820"),
        ("+33612345678", "+33612345678"),
        ("order +4915112345678 by text", "+4915112345678"),
        ("it's (415) 555-0123.", "(415) 555-0123"),
        ("415.555.0132, any time", "415.555.0132"),
        ("415-555-0132", "415-555-0132"),
        ("1-800-555-0199", "1-800-555-0199"),
        ("555-123-4567", "555-123-4567"),
        ("(555) 010-0199", "(555) 010-0199"),
        ("020 7946 0018", "020 7946 0018"),
        ("(020) 7946 0018", "(020) 7946 0018"),
        ("07700 900123", "07700 900123"),
        ("01632 960123", "01632 960123"),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("030 901820", "030 901820"),
        ("98765 43210", "98765 43210"),
        ("07911123456 is mine", "07911123456"),
        ("my number is 4155550123", "4155550123"),
        ("Call me on 555-0123", "555-0123"),
        ("mobile: 98765432", "98765432"),
        ("Tel.+49 30 901820", "+49 30 901820"),
    ],
)
def test_finds_the_number_whole(text: str, number: str) -> None:
    assert numbers(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "order 84120397 shipped",
        "order number is 4155550123",
        "Order no. 415-555-2671 and ticket #2025550147",
        "tracking code: 020 7946 0018",
        "invoice 2024-11-03-1234 of 2024-11-21 10:33:12",
        "ORD-2024-0012345, SKU FO-2231-B, 1Z999AA10123456784",
        "parcel 9400 1118 9922 3197 4284 90",
        "sizes 38-40-42, waist 30/32, 200 x 300 x 400 mm",
        "$1,299.00, 2,400.50, 10.000,00 EUR and € 1200 300 500",
        "1200 300 500 EUR",
        "Item 100-200-3000",
        "3-4 business days, 10-12 items, 9.00-17.30",
        "born 12.11.1984, 1984/12/11",
        "ssn 219-09-9999",
        "1234567890123456789012",
        "population 82 345 678",
        "pi is 3.14159265358979",
        "8015550123 units were sold",
        "ISBN 978-3-16-148410-0",
        "fixed before version 30+20220630-1",
        "array([0.8660254, -0.5, 64.25172825]) or [-11.51292546  11.51292546]",
        "(0.968246 + 0.5j), and (0.9677083) covers up to 2.5",
        "arxiv.org/abs/0906.0612 and :arxiv:`0911.2093`",
        "Appl. Statist. 28 (1979) 329-332",
        "in the range 60000-64999",
    ],
)
def test_leaves_other_numbers_alone(text: str) -> None:
    assert numbers(text) == []


def test_two_numbers_side_by_side_are_two() -> None:
    assert numbers("415-555-0132 / 415-555-0133") == ["415-555-0132", "415-555-0133"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+44 20 7946 0123", "020 7946 0123"),
        ("+1 415 555 0123", "(415) 555-0123"),
        ("+44 (0)20 7946 0123", "+442079460123"),
    ],
)
def test_spellings_of_one_number_share_a_key(one: str, other: str) -> None:
    assert [f.key for f in FINDER.find(one)] == [f.key for f in FINDER.find(other)]


@given(st.text(alphabet="0123456789 ().-/+,call", max_size=60))
def test_findings_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    found = sorted(FINDER.find(text), key=lambda f: f.start)
    assert all(
        0 <= f.start < f.end <= len(text) and sum(map(str.isdigit, text[f.start : f.end])) >= 7 for f in found
    )
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
