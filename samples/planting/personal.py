"""E-mails, phones, cards, IBANs, names and API keys, all made up while the generator runs.

Domains, telephone ranges and card prefixes are those set aside for documentation and tests. Key shapes
are put together from parts, so that no key-like literal stands in this repository.
"""

import random
import string
from collections.abc import Callable

from samples.layout import MESSAGE_FILES
from samples.plan import Plan, Secret
from samples.shop.conversation import Row, Turn

FIRST = (
    "Imogen", "Tobias", "Marit", "Anselm", "Priya", "Duncan", "Liesel", "Mateo", "Freya", "Idris", "Oona",
    "Casper", "Noor", "Elio", "Sunniva",
)  # fmt: skip
LAST = (
    "Thornbury", "Albrecht", "Solberg", "Okonjo", "Varga", "Pennington", "Lindqvist", "Moreau",
    "Castellano", "Drummond", "Haas",
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")
PHONES = (
    "+44 20 7946 0###", "+44 161 496 0###", "020 7946 0###", "+49 30 23125 ###", "+33 1 99 00 ## ##",
    "+1 202-555-01##", "(0113) 496 0###",
)  # fmt: skip
CARDS = (("424242", 16), ("555555", 16), ("411111", 16), ("378282", 15))
IBANS = {
    "DE": "#" * 18,
    "GB": "AAAA" + "#" * 14,
    "FR": "#" * 23,
    "ES": "#" * 20,
    "NL": "AAAA" + "#" * 10,
    "BE": "#" * 12,
}

SENTENCES = {
    "email": (
        "You can write to me at {}.",
        "My address is {} as always.",
        "Please send the receipt to {} today.",
    ),
    "phone": (
        "My phone number is {}.",
        "Please call me on {} after lunch.",
        "Reach me by telephone under {}.",
    ),
    "card": (
        "I paid with card {} last week.",
        "My credit card {} was charged twice.",
        "The card number is {}.",
    ),
    "iban": ("Refund it to my account {}.", "My IBAN is {} by the way.", "The money should go to {} please."),
    "name": ("My name is {}.", "The parcel is for {}.", "Yours, {}."),
    "api_key": (
        "Our script still uses {} for it.",
        "The log shows key {} there.",
        "I pasted {} into the form.",
    ),
}
IN_ANSWERS = {
    "email": "We have sent a copy to {}.",
    "phone": "We will call you on {}.",
    "card": "The card {} was refunded.",
    "iban": "The refund went to {}.",
    "name": "All the best to {}.",
    "api_key": "Please revoke {} now.",
}
COUNTS = {"email": 40, "phone": 36, "card": 24, "iban": 24, "name": 36, "api_key": 24}


def plant(plan: Plan) -> None:
    """One value a row, two in every sixth; nine out of ten in what the customer wrote."""
    makers = {"email": email, "phone": phone, "card": card, "iban": iban, "name": name, "api_key": api_key}
    used: set[str] = set()
    for kind, count in COUNTS.items():
        for row in plan.take(count):
            _insert(plan, row, kind, _unused(makers[kind], plan.rng, used))
            if plan.rng.random() < 1 / 6:
                other = plan.rng.choice([k for k in makers if k != kind])
                _insert(plan, row, other, _unused(makers[other], plan.rng, used))
    _beside_the_messages(plan, used)


def _insert(plan: Plan, row: Row, kind: str, value: str) -> None:
    turn = row.turns[-1]
    if plan.rng.random() < 0.1:
        where, said = "assistant", IN_ANSWERS[kind].format(value)
        row.turns = (*row.turns[:-1], Turn(turn.question, f"{turn.answer} {said}"))
    else:
        where, said = "user", plan.rng.choice(SENTENCES[kind]).format(value)
        row.turns = (*row.turns[:-1], Turn(f"{turn.question} {said}", turn.answer))
    plan.secrets.append(Secret(row, kind, value, where))


def _beside_the_messages(plan: Plan, used: set[str]) -> None:
    """Values where a filter over the text alone does not look: other fields and system prompts."""
    for row in plan.take(6):
        row.file, row.contact = plan.rng.choice(MESSAGE_FILES), _unused(email, plan.rng, used)
        plan.secrets.append(Secret(row, "email", row.contact, "metadata"))
    for row in plan.take(4):
        value = _unused(email, plan.rng, used)
        row.file = plan.rng.choice(MESSAGE_FILES)
        row.system = f"You are the night shift of Fable Outfitters. Hand hard cases to {value}."
        plan.secrets.append(Secret(row, "email", value, "system"))


def _unused(make: Callable[[random.Random], str], rng: random.Random, used: set[str]) -> str:
    while (value := make(rng)) in used:
        pass
    used.add(value)
    return value


def name(rng: random.Random) -> str:
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def email(rng: random.Random) -> str:
    first, last = name(rng).lower().split()
    local = rng.choice((f"{first}.{last}", f"{first[0]}.{last}{rng.randrange(10, 99)}", f"{last}_{first}"))
    return f"{local}@{rng.choice(DOMAINS)}"


def phone(rng: random.Random) -> str:
    return _fill(rng, rng.choice(PHONES))


def card(rng: random.Random) -> str:
    """A number with a valid Luhn digit (ISO/IEC 7812), plain or in groups."""
    prefix, length = rng.choice(CARDS)
    body = prefix + _fill(rng, "#" * (length - 1 - len(prefix)))
    digits = body + luhn_digit(body)
    sizes = (4, 6, 5) if length == 15 else (4, 4, 4, 4)
    return rng.choice((digits, _grouped(digits, sizes, " "), _grouped(digits, sizes, "-")))


def luhn_digit(body: str) -> str:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def iban(rng: random.Random) -> str:
    """An account with valid check digits (ISO 13616, mod 97), plain or in groups of four."""
    country = rng.choice(sorted(IBANS))
    account = _fill(rng, IBANS[country])
    remainder = int("".join(str(int(sign, 36)) for sign in f"{account}{country}00")) % 97
    plain = f"{country}{98 - remainder:02d}{account}"
    return rng.choice((plain, _grouped(plain, (4,) * 9, " ")))


def api_key(rng: random.Random) -> str:
    """Shaped like a key of OpenAI (old and new), AWS, GitHub, Slack or Stripe."""
    letters, lower, upper = (
        string.ascii_letters + string.digits,
        string.ascii_lowercase,
        string.ascii_uppercase,
    )
    mark = "T3" + "Blbk" + "FJ"

    def some(count: int, alphabet: str = letters) -> str:
        return "".join(rng.choice(alphabet) for _ in range(count))

    shapes = (
        lambda: "-".join(("sk", some(20) + mark + some(20))),
        lambda: "-".join(("sk", "proj", some(58) + mark + some(58))),
        lambda: "AK" + "IA" + some(16, upper + string.digits),
        lambda: "_".join(("gh" + "p", some(36))),
        lambda: "-".join(("xo" + "xb", some(12, string.digits), some(12, string.digits), some(24, lower))),
        lambda: "_".join(("sk", "live", some(24))),
    )
    return rng.choice(shapes)()


def _fill(rng: random.Random, pattern: str) -> str:
    signs = {"#": string.digits, "A": string.ascii_uppercase}
    return "".join(rng.choice(signs[sign]) if sign in signs else sign for sign in pattern)


def _grouped(text: str, sizes: tuple[int, ...], mark: str) -> str:
    groups, at = [], 0
    for size in sizes:
        groups.append(text[at : at + size])
        at += size
    return mark.join(group for group in groups if group)
