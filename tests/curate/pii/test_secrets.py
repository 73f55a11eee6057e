"""Secrets: whole values, every kind, and the look-alikes that are none. The values are made up."""

from pathlib import Path

import pytest

from curate.pii.engine import make_scanner
from curate.pii.scanner import Scanner
from schemas.recipe import Pii

HEX = "0123456789abcdef"
MIXED = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7d"
JWT = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0"
    ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return make_scanner(Pii(), Path())


def found(scanner: Scanner, text: str) -> list[tuple[str, str]]:
    return [(f.entity, text[f.start : f.end]) for f in scanner.scan(text).findings]


@pytest.mark.parametrize(
    "token",
    [
        "sk-" + MIXED,
        "sk-proj-" + MIXED + "_-" + MIXED,
        "sk-" + MIXED[:20] + "T3BlbkFJ" + MIXED[:20],
        "sk-ant-api03-" + MIXED,
        "ghp_" + MIXED[:36],
        "github_pat_" + MIXED[:22] + "_" + MIXED,
        "glpat-" + MIXED[:20],
        "AKIA" + "IOSFODNN7QRSTUVW",
        "xoxb-" + "123456789012-" + "123456789012-" + MIXED[:24],
        "sk_" + "live_" + MIXED[:24],
        "rk_" + "test_" + MIXED[:30],
        "whsec_" + MIXED[:32],
        "AIza" + MIXED[:35],
        "hf_" + MIXED[:34],
        "npm_" + MIXED[:36],
        "SG." + MIXED[:22] + "." + (MIXED * 2)[:43],
        "AC" + HEX * 2,
        HEX * 2 + "-us12",
        "dop_v1_" + HEX * 4,
        "shpat_" + HEX * 2,
        "1234567890:" + MIXED[:35],
        "pypi-AgEIcHlwaS5vcmc" + MIXED * 2,
        "r8_" + MIXED[:37],
    ],
)
@pytest.mark.parametrize("frame", ["{}", "my key is {} and it fails.", 'KEY="{}"', "export X={}\n"])
def test_finds_vendors_tokens_whole(scanner: Scanner, token: str, frame: str) -> None:
    assert found(scanner, frame.format(token)) == [("API_KEY", token)]


@pytest.mark.parametrize(
    "text",
    [
        "cloudant_api_key = '" + HEX * 4 + "'",
        "clou-pw: '" + HEX * 4 + "'",
        "https://shop:" + HEX * 4 + "@shop.cloudant.com",
        "softlayer_api_key='" + HEX * 4 + "'",
        "sl-token='" + HEX * 4 + "'",
        "ibm_cloud_iam_key = '" + MIXED[:40] + "ABCD'",
        "cos_hmac_secret_access_key = '" + HEX * 3 + "'",
        "AccountKey=" + (MIXED * 3)[:86] + "==",
        "glpat-" + MIXED[:20] + " GR1348941" + MIXED[:20] + " glcbt-1f_" + MIXED[:20],
        "M" + MIXED[:23] + "." + MIXED[:6] + "." + MIXED[:27],
        "sq0csp-" + MIXED + "abc",
        "https://hooks.slack.com/services/T1a/B2b/c3d",
        "token AKC" + MIXED[:12] + " or APA" + MIXED[:12] + " ",
        "A3TX" + "ABCDEFGH12345678 aws_token '" + MIXED[:40] + "'",
    ],
)
def test_the_gates_let_pass_what_the_plugins_find(text: str) -> None:
    gated, ungated = make_scanner(Pii(), Path()), make_scanner(Pii(), Path(), gated=False)
    assert ungated.scan(text).findings
    assert gated.scan(text) == ungated.scan(text)


LETTERS = "aBcDeFgHiJkLmNoPqRsTuVwXyZabCdEfGhIjKlMn"


@pytest.mark.parametrize(
    "token",
    [
        "sk_" + "live_" + LETTERS[:24],
        "rk_" + "test_" + LETTERS[:24],
        "sk_" + "test_" + LETTERS.lower()[:24],
        "whsec_" + LETTERS[:32],
        "ghp_" + LETTERS[:36],
        "hf_" + LETTERS[:34],
        "npm_" + LETTERS[:36],
    ],
)
@pytest.mark.parametrize("frame", ["{}", "my key is {} and it fails.", 'KEY="{}"'])
def test_finds_tokens_of_letters_alone(scanner: Scanner, token: str, frame: str) -> None:
    assert found(scanner, frame.format(token)) == [("API_KEY", token)]


def test_finds_a_jwt_with_its_signature(scanner: Scanner) -> None:
    assert found(scanner, f"Authorization: Bearer {JWT}") == [("JWT", JWT)]
    assert found(scanner, f"token {JWT}, expired") == [("JWT", JWT)]
    assert found(scanner, "eyJub3Q.eyJub3Q1.x is none") == []


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabc+/9==\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0B\\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEpAIB\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQdG\n=a\n-----END PGP PRIVATE KEY BLOCK-----",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAA\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    ],
)
def test_finds_private_keys_over_all_their_lines(scanner: Scanner, key: str) -> None:
    assert found(scanner, f"here it is:\n{key}\nthanks") == [("PRIVATE_KEY", key)]


def test_a_private_key_without_an_end_is_taken_as_far_as_it_goes(scanner: Scanner) -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    text = f"-----BEGIN PRIVATE KEY-----\n{body}\nand then it stopped"
    (finding,) = scanner.scan(text).findings
    assert body in text[finding.start : finding.end]
    assert "stopped" not in text[finding.start : finding.end]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("password: hunter22x", "PASSWORD", "hunter22x"),
        ("my password is Tr0ub4dor&3!", "PASSWORD", "Tr0ub4dor&3"),
        ("PGPASSWORD=correct7horse", "PASSWORD", "correct7horse"),
        ("postgres://app:s3cretpw@db:5432/x", "PASSWORD", "s3cretpw"),
        ('api_key="9f8e7d6c5b4a3210ffee"', "API_KEY", "9f8e7d6c5b4a3210ffee"),
        ("client_secret: 'q7w8e9r0t1y2'", "API_KEY", "q7w8e9r0t1y2"),
        ("Authorization: Bearer abcdef0123456789", "API_KEY", "abcdef0123456789"),
        ("aws_secret_key = '" + MIXED[:40] + "'", "API_KEY", MIXED[:40]),
    ],
)
def test_finds_assigned_values_without_their_names(
    scanner: Scanner, text: str, entity: str, value: str
) -> None:
    assert found(scanner, text) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "password: your_password_123",
        "token: <token123>, secret: ${SECRET_KEY_1}, api_key=os.environ['KEY_1']",
        "password: ********1a and api_key = xxxxxxxx1",
        "the passcode is required by the bank",
        "the secret to a good jacket: wool",
        "token: aaaaaaa1",
        "APPLICATIONSERVER AKC sk-learn-is-a-library and sk-",
        "set sk_live_xxxxxxxxxxxxxxxxxxxxxxxx or sk_test_your_own_key_goes_here",
        "call hf_hub_download or npm_config_registry",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqh\n-----END PUBLIC KEY-----",
        "https://shop.example/a:b/c and user@host",
        "sha256 " + HEX * 4 + " and commit 7f31b46a0c",
        "The key: 12 o'clock, the token ring, and 4 secrets",
    ],
)
def test_leaves_alone_what_only_looks_like_one(scanner: Scanner, text: str) -> None:
    assert [f for f in found(scanner, text) if f[0] in ("API_KEY", "PASSWORD", "JWT", "PRIVATE_KEY")] == []


def test_secrets_off_finds_none() -> None:
    scanner = make_scanner(Pii(secrets=False), Path())
    assert found(scanner, "password: hunter22x sk-" + MIXED) == []


def test_a_megabyte_of_almost_keys_takes_seconds_not_hours(scanner: Scanner) -> None:
    text = "-----BEGIN PRIVATE KEY----- eyJ sk-" * 3000 + "eyJ" * 20000
    scanner.scan(text)
