"""Talk of a shop's customers with numbers that are nobody's, and values planted at known places.

Every value is made up here: checksums are computed, so that recognisers take them for real.
"""

import random
import string
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

_WORDS = """
the a my your order parcel jacket coat size colour return refund shop store delivery week today tomorrow
please thanks kindly sorry wrong right arrived damaged missing exchange email website account payment invoice
wool cotton boots scarf blue green large small fits tight loose when where how much is was are it they we you
can could would help ask need want send sent back get got see look find found still again soon later because
after before
"""
WORDS = _WORDS.split()


@dataclass(frozen=True)
class Planted:
    """A text and the spans of its values: (entity, start, end)."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


def texts(rng: random.Random, n: int, share: float, numbers: float, words: int = 85) -> list[Planted]:
    """`n` texts of about `words` words, that share of them with one value or two. In `numbers` of the
    sentences stands an order number, a price, a date or the like."""
    return [
        _text(rng, words, rng.choice((1, 1, 2)) if rng.random() < share else 0, numbers) for _ in range(n)
    ]


def full(rng: random.Random, n: int) -> list[Planted]:
    """Texts in which every second sentence holds a value."""
    return [_text(rng, 85, 8, 0.15) for _ in range(n)]


def _text(rng: random.Random, words: int, values: int, numbers: float) -> Planted:
    sentences = [_sentence(rng, numbers) for _ in range(max(values, words // 10))]
    places = set(rng.sample(range(len(sentences)), values))
    text, spans = "", []
    for at, sentence in enumerate(sentences):
        if at in places:
            entity = rng.choice(list(VALUES))
            lead, make = VALUES[entity]
            value = make(rng)
            text += f"{sentence} {rng.choice(lead)} "
            spans.append((entity, len(text), len(text) + len(value)))
            text += f"{value}, {rng.choice(WORDS)} {rng.choice(WORDS)}. "
        else:
            text += f"{sentence}. "
    return Planted(text, tuple(spans))


def _sentence(rng: random.Random, numbers: float) -> str:
    words = rng.choices(WORDS, k=rng.randint(6, 12))
    if rng.random() < numbers:
        words.insert(rng.randrange(len(words)), rng.choice(DECOYS)(rng))
    return " ".join(words).capitalize()


def digits(rng: random.Random, n: int) -> str:
    return "".join(rng.choices(string.digits, k=n))


DECOYS: list[Callable[[random.Random], str]] = [
    lambda r: f"order {digits(r, 8)}",
    lambda r: f"order number {digits(r, 10)}",
    lambda r: f"ORD-{r.randint(2019, 2026)}-{digits(r, 6)}",
    lambda r: f"{r.randint(1, 400)}.{digits(r, 2)} EUR",
    lambda r: f"${r.randint(1, 9)},{digits(r, 3)}.00",
    lambda r: f"on {r.randint(1, 28)}.{r.randint(1, 12)}.202{r.randint(0, 6)}",
    lambda r: f"at {r.randint(8, 19)}:{r.randint(10, 59)}",
    lambda r: f"sizes {r.randint(30, 40)}-{r.randint(41, 48)}",
    lambda r: f"tracking 1Z{digits(r, 16)}",
    lambda r: f"version {r.randint(1, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}",
    lambda r: f"EAN 40{digits(r, 11)}",
    lambda r: f"{r.randint(10, 99)} % off",
]


def _luhn(body: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def _iban(rng: random.Random) -> str:
    body = digits(rng, 18)
    check = 98 - int(f"{body}131400") % 97  # DE
    plain = f"DE{check:02}{body}"
    return rng.choice((plain, " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))))


def _pesel(rng: random.Random) -> str:
    body = f"{rng.randint(40, 99)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{digits(rng, 4)}"
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    return body + str(-sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 10)


def _tax_id(rng: random.Random) -> str:
    """ISO 7064 MOD 11,10 over ten digits of which one stands twice and none thrice."""
    while True:
        nine = rng.sample(string.digits[1:], 9) if rng.random() < 0.5 else rng.sample(string.digits, 9)
        body = "".join([*nine, rng.choice(nine)])
        if body[0] != "0":
            break
    product = 10
    for d in body:
        product = (int(d) + product) % 10 or 10
        product = product * 2 % 11
    return body + str((11 - product) % 10)


def _nif(rng: random.Random) -> str:
    number = digits(rng, 8)
    return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def _token(rng: random.Random, n: int) -> str:
    return "".join(rng.choices(string.ascii_letters + string.digits, k=n))


def _phone(rng: random.Random) -> str:
    return rng.choice(
        (
            lambda: f"+1 {rng.randint(201, 989)}-{rng.randint(201, 989)}-{digits(rng, 4)}",
            lambda: f"({rng.randint(201, 989)}) {rng.randint(201, 989)}-{digits(rng, 4)}",
            lambda: f"+49 30 {digits(rng, 7)}",
            lambda: f"020 7{digits(rng, 3)} {digits(rng, 4)}",
            lambda: f"+44 7{rng.randint(400, 999)} {digits(rng, 6)}",
            lambda: f"06 {' '.join(digits(rng, 2) for _ in range(4))}",
            lambda: f"4155{digits(rng, 6)}",
        )
    )()


def _card(rng: random.Random) -> str:
    plain = _luhn((rng.choice(("4", "51", "55", "2221")) + digits(rng, 14))[:15])
    return rng.choice(("", " ", "-")).join(plain[i : i + 4] for i in range(0, 16, 4))


def _ssn(rng: random.Random) -> str:
    return f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"


def _email(rng: random.Random) -> str:
    host = f"{rng.choice(WORDS)}.{rng.choice(('com', 'de', 'co.uk', 'internal'))}"
    return f"{rng.choice(WORDS)}.{rng.choice(WORDS)}{rng.randint(1, 99)}@{host}"


def _nino(rng: random.Random) -> str:
    prefix = rng.choice(("AB", "CE", "EG", "HK", "JM", "LP", "RW"))
    return f"{prefix}{digits(rng, 6)}{rng.choice('ABCD')}"


def _ip(rng: random.Random) -> str:
    return ".".join(str(rng.randint(11, 240)) for _ in range(4))


def _hex(rng: random.Random, n: int) -> str:
    return "".join(rng.choices("0123456789abcdef", k=n))


def _mac(rng: random.Random) -> str:
    return ":".join(_hex(rng, 2) for _ in range(6))


def _key(rng: random.Random) -> str:
    return rng.choice(("sk_" + "live_", "ghp_", "hf_")) + _token(rng, 36)


def _password(rng: random.Random) -> str:
    return f"{rng.choice(WORDS)}{rng.choice(WORDS)}{digits(rng, 3)}X"


def _itin(rng: random.Random) -> str:
    return f"9{digits(rng, 2)}-{rng.choice((*range(50, 66), *range(70, 89)))}-{rng.randint(1000, 9999)}"


_OF_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_OF_LETTERS = (*_OF_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ODD = dict(zip(string.digits + string.ascii_uppercase, _OF_DIGITS + _OF_LETTERS, strict=True))
"""What a character in an odd place of an Italian fiscal code counts."""


def _fiscal_code(rng: random.Random) -> str:
    name = "".join(rng.choices("BCDFGLMNPRSTVZ", k=6))
    born = f"{rng.randint(40, 99)}{rng.choice('ABCDEHLMPRST')}{rng.randint(1, 28):02}"
    body = f"{name}{born}{rng.choice('ABCDEFGHIL')}{rng.randint(100, 999)}"
    even = (int(c) if c.isdigit() else ord(c) - ord("A") for c in body[1::2])
    return body + string.ascii_uppercase[(sum(_ODD[c] for c in body[::2]) + sum(even)) % 26]


def _jwt(rng: random.Random) -> str:
    parts = ('{"alg":"HS256","typ":"JWT"}', f'{{"sub":"{digits(rng, 10)}"}}')
    return ".".join([*(urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts), _token(rng, 43)])


def _private_key(rng: random.Random) -> str:
    body = "\n".join(_token(rng, 64) for _ in range(4))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"


VALUES: dict[str, tuple[tuple[str, ...], Callable[[random.Random], str]]] = {
    "EMAIL_ADDRESS": (("write to", "it is", "from"), _email),
    "PHONE_NUMBER": (("call me on", "my number is", "reach me at"), _phone),
    "CREDIT_CARD": (("paid with", "the card was", "number"), _card),
    "IBAN_CODE": (("refund to", "my account is"), _iban),
    "IP_ADDRESS": (("logged in from", "the host is"), _ip),
    "MAC_ADDRESS": (("the device is", "printer"), _mac),
    "CRYPTO": (("pay to", "my wallet is"), lambda rng: "0x" + _hex(rng, 40)),
    "US_SSN": (("my ssn is", "it is"), _ssn),
    "US_ITIN": (("my ITIN is", "it is"), _itin),
    "IT_FISCAL_CODE": (("codice fiscale", "it is"), _fiscal_code),
    "UK_NINO": (("my NI number is", "it is"), _nino),
    "PL_PESEL": (("PESEL", "it is"), _pesel),
    "DE_TAX_ID": (("Steuer-ID", "my Steueridentifikationsnummer is"), _tax_id),
    "ES_NIF": (("DNI", "it is"), _nif),
    "API_KEY": (("my key is", "use"), _key),
    "PASSWORD": (("password:", "my password is"), _password),
    "JWT": (("the token is", "use"), _jwt),
    "PRIVATE_KEY": (("the key is", "use"), _private_key),
}
"""Entity type: what may stand before a value, and a value."""
