"""Values that stand in a removed value's place and look like one: out of ranges reserved for examples.

- e-mail addresses in example.com, example.net and example.org (RFC 2606);
- telephone numbers that regulators keep for fiction: 555-01xx (NANPA), 020 7946 0xxx and 07700 900xxx
  (Ofcom), 01 99 00 xx xx and 06 39 98 xx xx (ARCEP), 030 23125 xxx (Bundesnetzagentur); other countries'
  numbers become American ones;
- card numbers that payment processors publish for tests, of the same scheme;
- IBANs of the same country whose check digits are 00, which no bank issues (ISO 13616);
- IP addresses of RFC 5737 and RFC 3849, MAC addresses of RFC 7042;
- US SSNs in 666-, UK NI numbers in QQ, neither of which is issued;
- persons' names whose family names are invented.

Separators stay where the value has as many digits. Other types have no such range: `fake` says None, and
they keep their placeholder. Secrets always do, so that no model learns to write keys.
"""

import ipaddress
import random
import re
from collections.abc import Callable

_GIVEN = """
Adele Bruno Clara Dario Edith Felix Greta Hugo Iris Jonas Klara Leon Mira Nils Olga Paul Rosa Simon Tessa
Viktor Wanda Yvonne
"""
_FAMILY = """
Amberquill Barrowmint Cindervane Dapplewick Eldermoss Fernhollow Glimmerby Harrowfen Inkwater Juniperley
Kettlebrook Larkensward Mossgrave Nettlecombe Oakenquay Pebbleworth Quillmarsh Rowanthwaite Saltmeadow
Thistlewick Umberfield Velvetmoor Willowmere Yarrowdale
"""
_TEST_CARDS = """
4111111111111111 4242424242424242 4012888888881881 4000056655665556 5555555555554444 5105105105105100
5200828282828210 2223003122003222 378282246310005 371449635398431 378734493671000 6011111111111117
6011000990139424 30569309025904 38520000023237 3566002020360505 3530111333300000 6200000000000005
"""
_AREAS = ("202", "212", "303", "312", "415", "503", "512", "617", "702", "808")
GIVEN, FAMILY, _CARDS = (tuple(words.split()) for words in (_GIVEN, _FAMILY, _TEST_CARDS))
_PHONES = re.compile(
    r"1?[2-9]\d\d55501\d\d|55501\d\d|(?:440?|0)(?:2079460|7700900)\d{3}|(?:330?|0)(?:19900|63998)\d{4}"
    r"|(?:490?|0)3023125\d{3}"
)
_NETS = [
    ipaddress.ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
_MAC = "00005e0053"
_EMAIL = re.compile(rf"[a-z]+\.(?:{'|'.join(FAMILY).lower()})\d{{2}}@example\.(?:com|net|org)")


def fake(entity: str, value: str, rng: random.Random) -> str | None:
    """A reserved value of the type and look of `value`, or None where there is no such range or it has none
    of that look. Of `value` only its form is used."""
    make = _MAKERS.get(entity)
    return make(value, rng) if make else None


def is_reserved(entity: str, value: str) -> bool:
    """Whether a value of this type is one that `fake` may have made: nobody's."""
    plain = re.sub(r"[^0-9a-z]", "", value.casefold())
    if entity == "EMAIL_ADDRESS":
        return _EMAIL.fullmatch(value.casefold()) is not None
    if entity == "PHONE_NUMBER":
        return _PHONES.fullmatch(re.sub(r"\D", "", value).removeprefix("00")) is not None
    if entity == "CREDIT_CARD":
        return plain in _CARDS
    if entity == "IP_ADDRESS":
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        return any(address in net for net in _NETS if net.version == address.version)
    if entity == "PERSON":
        return not set(FAMILY).isdisjoint(re.findall(r"\w+", value))
    starts = {"MAC_ADDRESS": _MAC, "US_SSN": "666", "UK_NINO": "qq"}
    if entity in starts:
        return plain.startswith(starts[entity])
    return entity == "IBAN_CODE" and plain[2:4] == "00"


def _email(_: str, rng: random.Random) -> str:
    name = f"{rng.choice(GIVEN)}.{rng.choice(FAMILY)}{rng.randrange(100):02}"
    return f"{name.lower()}@example.{rng.choice(('com', 'net', 'org'))}"


def _phone(value: str, rng: random.Random) -> str:
    digits = re.sub(r"\D", "", value)
    abroad = value.lstrip("(").startswith(("+", "00"))
    code = digits.removeprefix("00")[:2] if abroad else ""
    local = digits.removeprefix("00").removeprefix(code).lstrip("0")
    if len(digits) == 7:
        return _poured(value, f"55501{rng.randrange(100):02}")
    if code == "49":
        return _european(value, code, f"3023125{rng.randrange(1000):03}", "30 23125 000")
    if code == "33" or (not abroad and re.fullmatch(r"0[1-9](?:\D\d\d){4}", value)):
        start = "63998" if local[:1] in ("6", "7") else "19900"
        return _european(value, code, f"{start}{rng.randrange(10_000):04}", "0 00 00 00 00")
    if code == "44" or (not abroad and digits.startswith("0")):
        start, shape = ("7700900", "0000 000000") if local[:1] == "7" else ("2079460", "00 0000 0000")
        return _european(value, code, f"{start}{rng.randrange(1000):03}", shape)
    number = f"{rng.choice(_AREAS)}55501{rng.randrange(100):02}"
    if abroad or len(digits) == 11:
        return _poured(value, f"1{number}", "+1 000 000 0000" if abroad else "1-000-000-0000")
    return _poured(value, number, "(000) 000-0000")


def _european(value: str, code: str, number: str, shape: str) -> str:
    """With its country code, or with a leading zero."""
    if not code:
        return _poured(value, f"0{number}", f"0{shape}")
    between = "0" if "(0)" in value else ""
    start = "00" if value.startswith("00") else ""
    return _poured(value, start + code + between + number, f"{start or '+'}{code} {between}{shape}")


def _card(value: str, rng: random.Random) -> str | None:
    digits = re.sub(r"\D", "", value)
    alike = [card for card in _CARDS if len(card) == len(digits) and card[0] == digits[0]]
    return _poured(value, rng.choice(alike)) if alike else None


def _iban(value: str, rng: random.Random) -> str:
    plain = re.sub(r"[^0-9A-Za-z]", "", value)
    body = (rng.choice("0123456789") if c.isdigit() else rng.choice("ABCDEFGHKLMNPRSTW") for c in plain[4:])
    return _poured(value, plain[:2].upper() + "00" + "".join(body))


def _ip(value: str, rng: random.Random) -> str:
    if ":" in value:
        return f"2001:db8::{rng.randrange(1, 1 << 16):x}:{rng.randrange(1, 1 << 16):x}"
    return str(rng.choice(_NETS[:3])[rng.randrange(1, 255)])


def _mac(value: str, rng: random.Random) -> str:
    made = _poured(value, f"{_MAC}{rng.randrange(256):02x}")
    return made.upper() if value.upper() == value else made


def _ssn(value: str, rng: random.Random) -> str:
    return _poured(value, f"666{rng.randrange(1, 100):02}{rng.randrange(1, 10_000):04}")


def _nino(value: str, rng: random.Random) -> str:
    return _poured(value, f"QQ{rng.randrange(10**6):06}{rng.choice('ABCD')}")


def _person(value: str, rng: random.Random) -> str:
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    name = f"{given} {family}" if " " in value.strip() else family
    return name.upper() if value.isupper() else name


_MAKERS: dict[str, Callable[[str, random.Random], str | None]] = {
    "EMAIL_ADDRESS": _email,
    "PHONE_NUMBER": _phone,
    "CREDIT_CARD": _card,
    "IBAN_CODE": _iban,
    "IP_ADDRESS": _ip,
    "MAC_ADDRESS": _mac,
    "US_SSN": _ssn,
    "UK_NINO": _nino,
    "PERSON": _person,
}


def _poured(value: str, characters: str, shape: str | None = None) -> str:
    """The characters with the separators of `value` between them where it has as many, or else of `shape`."""
    for form in (value, shape):
        if form is not None and sum(map(str.isalnum, form)) == len(characters):
            left = iter(characters)
            return "".join(next(left) if c.isalnum() else c for c in form)
    return characters
