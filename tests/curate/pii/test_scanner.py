"""The scanner: what it finds, what it leaves alone, and that gates and cuts change nothing."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.pii.chunks import CHUNK, MARGIN
from curate.pii.engine import make_scanner
from curate.pii.finding import Finding, resolve
from curate.pii.scanner import Scanner
from schemas.recipe import Pii


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return make_scanner(Pii(), Path())


def found(scanner: Scanner, text: str) -> list[tuple[str, str]]:
    return [(f.entity, text[f.start : f.end]) for f in scanner.scan(text).findings]


TRUE = {
    "EMAIL_ADDRESS": [
        "ada.lovelace@example.com",
        "Ada+shop@fable.example",
        "ada@mail.corp.internal",
        "o'brien@example.co.uk",
        "ada [at] example [dot] com",
        "ada (at) example.org",
        "ada＠example.com",
    ],
    "CREDIT_CARD": [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111 1111 1111 1111",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011000990139424",
    ],
    "IBAN_CODE": [
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
        "GB82-WEST-1234-5698-7654-32",
        "gb82west12345698765432",
        "ES91 2100 0418 4502 0005 1332",
        "NO93 8601 1117 947",
    ],
    "IP_ADDRESS": ["203.0.113.7", "192.168.1.14", "2001:db8:85a3::8a2e:370:7334"],
    "MAC_ADDRESS": ["00:1A:2B:3C:4D:5E", "aa-bb-cc-dd-ee-ff", "0012.3456.789A"],
    "CRYPTO": ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "0x742d35Cc6634C0532925a3b844Bc454e4438f44e"],
    "US_SSN": ["219-09-9999"],
    "UK_NINO": ["AB123456C", "AB 12 34 56 C"],
    "IT_FISCAL_CODE": ["RSSMRA85T10A562S"],
}


@pytest.mark.parametrize(("entity", "value"), [(e, v) for e, values in TRUE.items() for v in values])
@pytest.mark.parametrize(
    "frame", ["{}", "Hello, it is {} from the form.", "({})", "first\n{}\nlast", "see: {},"]
)
def test_finds_whole_values(scanner: Scanner, entity: str, value: str, frame: str) -> None:
    assert found(scanner, frame.format(value)) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "pip install pkg@1.2.3 or clone git@github.com:org/repo.git",
        "the EAN is 4006381333931 and the parcel 9400111899223197428490",
        "order 4111 1111 1111 1112 is 16 digits without a checksum",
        "DE89 3704 0044 0532 0130 01 has a wrong check digit",
        "2.4999999999999996, 1.4657739632606308, OIDs 1.3.6.1.5.5.7.8.9 and 1.2.3.4.1",
        "--json-request=@input.json, Standards-Version updated to 4.6.0.1",
        "version 10.2.3.4 listens on 127.0.0.1 and 0.0.0.0, netmask 255.255.255.0",
        "std::vector and a::b are code, at 10:30:15",
        "order number 219-09-9999 and part 219-09-9999",
        "the 9-digit tracking code 219099999",
        "half (at) the store, @home, a@b",
        "<EMAIL_ADDRESS_1> and <US_SSN_2> stand for what was here",
    ],
)
def test_leaves_alone(scanner: Scanner, text: str) -> None:
    assert found(scanner, text) == []


def test_an_address_in_a_query_string_or_a_json_escape_is_found_without_its_surroundings(
    scanner: Scanner,
) -> None:
    assert found(scanner, "https://shop.example/?to=ada@x.org&u=1") == [("EMAIL_ADDRESS", "ada@x.org")]
    assert found(scanner, r'{"note": "write to\nada@x.org"}') == [("EMAIL_ADDRESS", "ada@x.org")]
    assert found(scanner, "--mail='ada@x.org', `o'brien@x.org`") == [
        ("EMAIL_ADDRESS", "ada@x.org"),
        ("EMAIL_ADDRESS", "o'brien@x.org"),
    ]


def test_no_social_security_number_begins_with_nine(scanner: Scanner) -> None:
    assert found(scanner, "mine is 912-70-1234") == [("US_ITIN", "912-70-1234")]
    assert found(scanner, "social security number 912-49-1234") == []


def test_nine_bare_digits_need_a_word(scanner: Scanner) -> None:
    assert found(scanner, "social security number 219099998") == [("US_SSN", "219099998")]
    assert found(scanner, "we sold 219099998 of them") == []


def test_a_word_after_an_iban_of_six_groups_does_no_harm(scanner: Scanner) -> None:
    assert found(scanner, "pay ES91 2100 0418 4502 0005 1332 from home") == [
        ("IBAN_CODE", "ES91 2100 0418 4502 0005 1332")
    ]


PIECES = st.one_of(
    st.sampled_from([v for values in TRUE.values() for v in values]),
    st.sampled_from(
        [
            *("call 415-555-0123", "+44 (0)20 7946 0123", "07911123456", "order 84120397", "39.90 EUR"),
            *("sk-proj-abcdEFGH1234567890abcdEFGH", "password: hunter22x", "postgres://app:s3cretpw@db/x"),
            *("-----BEGIN PRIVATE KEY-----", "ssn 219099998", "Authorization: Bearer abcdef0123456789"),
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        ]
    ),
    st.text(alphabet="aB1 .-:@/+(9\n", max_size=12),
    st.text(max_size=8),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=6).map(" ".join))
def test_gates_change_no_finding(text: str) -> None:
    gated, ungated = make_scanner(Pii(), Path()), make_scanner(Pii(), Path(), gated=False)
    assert gated.scan(text) == ungated.scan(text)


@settings(max_examples=20, deadline=None)
@given(st.integers(min_value=-60, max_value=60), st.sampled_from([1, 2]))
def test_a_cut_loses_and_invents_nothing(shift: int, cut: int) -> None:
    scanner = make_scanner(Pii(), Path())
    value = "DE89 3704 0044 0532 0130 00"
    before = ("word " * (cut * CHUNK // 5 + 1))[: cut * CHUNK + shift - 1]
    text = f"{before} {value} {'word ' * CHUNK}"
    assert found(scanner, text) == [("IBAN_CODE", value)]


def test_a_number_cut_at_a_chunks_edge_is_not_taken_for_a_card(scanner: Scanner) -> None:
    card, rest = "4111111111111111", "234567"
    before = ("word " * CHUNK)[: CHUNK + MARGIN - len(card) - 1]
    assert found(scanner, f"{before} {card}") == [("CREDIT_CARD", card)]
    assert found(scanner, f"{before} {card}{rest} {'word ' * CHUNK}") == []


def test_a_pattern_that_runs_out_of_time_is_named_and_the_rest_is_still_found() -> None:
    scanner = make_scanner(Pii(), Path(), timeout_s=1e-6)
    scan = scanner.scan("a-" * 4000 + "@ call 415-555-0123 or write to ada@x.org")
    assert scan.timeouts == ["EmailRecognizer"]
    assert [f.entity for f in scan.findings] == ["PHONE_NUMBER"]


SPANS = st.builds(
    lambda entity, start, length, score: Finding(entity, start, start + length, score, "test"),
    st.sampled_from(["A", "B", "C"]),
    st.integers(0, 40),
    st.integers(1, 15),
    st.sampled_from([0.5, 0.8, 1.0]),
)


@given(st.lists(SPANS, max_size=12))
def test_resolved_findings_cover_all_and_overlap_nowhere(findings: list[Finding]) -> None:
    resolved = resolve(findings)
    assert {i for f in findings for i in range(f.start, f.end)} == {
        i for f in resolved for i in range(f.start, f.end)
    }
    assert all(one.end <= other.start for one, other in itertools.pairwise(resolved))
    assert max((f.score for f in findings), default=0) == max((f.score for f in resolved), default=0)


def test_the_surest_type_names_an_overlap() -> None:
    card = Finding("CREDIT_CARD", 4, 20, 1.0, "c")
    phone = Finding("PHONE_NUMBER", 0, 14, 0.5, "p")
    assert [(f.entity, f.start, f.end) for f in resolve([phone, card])] == [("CREDIT_CARD", 0, 20)]
