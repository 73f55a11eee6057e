"""Documents on which searches take long: repeated pieces, random characters, lists of numbers."""

import random
import string
from collections.abc import Callable

from bench.text.support import digits

_PIECES = "a. @ a@ a@b. [({ [at] 1 0 1- 1. 12. +1 : 2001: 0x A1 sk- sk_live_ eyJ password= http:// - ["
_SPACED = """
4111 ,4111-1111-,00 ,1 ,1 2 3 4 ,(415) ,(415) 555-0123 ,415-555-0123 ,219-09-,+49 170 ,+49 170 1234567 ,
0170 1234567 ,030 901820 ,06 12 34 56 78 ,tel 1234567 ,DE89 ,AB12 CDE ,call 1 ,x@y.com ,
-----BEGIN PRIVATE KEY-----
"""
_REPEATED = (*_PIECES.split(), *_SPACED.replace("\n", "").split(","))
_RANDOM = {
    "random digits": string.digits,
    "random hex": "0123456789abcdef",
    "random base64": string.ascii_letters + string.digits + "+/",
    "random capitals and digits": string.ascii_uppercase + string.digits,
    "random digits and spaces": string.digits + " ",
    "random digits, dots and colons": string.digits + ".:",
    "random digits and telephone punctuation": string.digits * 2 + " -()+./",
    "random digits, letters and brackets": "0123456789abAB -.:/@+()[]",
}


def hostile(rng: random.Random, characters: int) -> dict[str, str]:
    """By what they are made of, documents of that many characters."""
    made = {each: each * (characters // len(each) + 1) for each in _REPEATED}
    made |= {name: "".join(rng.choices(alphabet, k=characters)) for name, alphabet in _RANDOM.items()}
    made["[[…]]"] = "[" * (characters // 2) + "]" * (characters // 2)
    made["a.a.a. … 1"] = "a." * (characters // 2 - 1) + " 1"
    made["French numbers"] = _listed(lambda: f"06 {' '.join(digits(rng, 2) for _ in range(4))}", characters)
    made["Spanish numbers"] = _listed(
        lambda: f"6{digits(rng, 2)} {digits(rng, 3)} {digits(rng, 3)}", characters
    )
    made["German numbers"] = _listed(lambda: f"+49 30 {digits(rng, 7)}", characters)
    return {name: text[:characters] for name, text in made.items()}


def _listed(number: Callable[[], str], characters: int) -> str:
    """Enough of them, a comma between two."""
    return ", ".join(number() for _ in range(characters // len(number()) + 1))
