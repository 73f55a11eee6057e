"""Gates: what a text must hold for one of Presidio's types to be in it.

A country's number is looked for only where as many digits stand in a row as the shortest of its kind has, one
space, dot, hyphen or slash between two of them at most. A finding must hold such a row itself: so the gate
loses nothing that the finder would find.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from curate.pii.entities import is_national
from curate.pii.finder import DIGIT, Gate

_ANY = re.compile(r"\w")

_GATES = {
    "EMAIL_ADDRESS": (re.compile(r"@|[\[({]\s?at\s?[\])}]", re.IGNORECASE),),
    "CREDIT_CARD": (DIGIT, re.compile(r"[1-6](?:[-. ]?\d){11}")),
    "IBAN_CODE": (DIGIT, re.compile(r"[0-9]{2}(?<=[A-Za-z]{2}[0-9]{2})[- ]?[A-Za-z0-9]")),
    "IP_ADDRESS": (DIGIT, re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d|:[0-9A-Fa-f]{0,4}:")),
    "MAC_ADDRESS": (re.compile(r"[:-][0-9A-Fa-f]{2}[:-]|\.[0-9A-Fa-f]{4}\."),),
    "CRYPTO": (DIGIT, re.compile(r"[bB013][0-9A-Za-z]{25}")),
    "URL": (re.compile(r"\.[A-Za-z]|://"),),
    "US_SSN": (DIGIT, re.compile(r"[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}")),
    "US_ITIN": (DIGIT, re.compile(r"9\d{2}[- ]?\d{2}")),
    "UK_NINO": (DIGIT, re.compile(r"\d\d\s?\d\d\s?\d\d\s?[A-Da-d](?!\w)")),
    "IT_FISCAL_CODE": (re.compile(r"[0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{2}[A-Z]", re.IGNORECASE),),
}
"""Other types are looked for by their digits, or in every text."""

_FEW_DIGITS = """
CA_POSTAL_CODE DE_HANDELSREGISTER DE_ID_CARD DE_KFZ DE_PASSPORT IN_VEHICLE_REGISTRATION
NG_VEHICLE_REGISTRATION TR_LICENSE_PLATE UK_POSTCODE UK_VEHICLE_REGISTRATION US_MBI ZA_DRIVER_LICENSE
ZA_LICENSE_PLATE
"""
_SCATTERED = frozenset(_FEW_DIGITS.split())
"""Of the countries' types, those with fewer than four digits, or not in a row."""

_ROWS = {
    5: "DE_PLZ IT_IDENTITY_CARD",
    6: "ES_PASSPORT FI_PERSONAL_IDENTITY_CODE SE_PERSONNUMMER UK_DRIVING_LICENCE",
    7: "ES_NIE ES_NIF IN_PASSPORT IN_VOTER IT_PASSPORT MEDICAL_LICENSE PH_PASSPORT UK_PASSPORT",
    8: "DE_FUEHRERSCHEIN DE_SOCIAL_SECURITY US_BANK_NUMBER US_PASSPORT ZA_PASSPORT",
    9: "ABA_ROUTING_NUMBER AU_ACN AU_TFN CA_SIN DE_BSNR DE_HEALTH_INSURANCE DE_LANR DE_VAT_ID PH_TIN US_ITIN "
    "US_PROVIDER_TAX_ID US_SSN",
    10: "AU_MEDICARE DE_TAX_NUMBER KR_BRN SE_ORGANISATIONSNUMMER UK_NHS US_NPI ZA_INCOME_TAX_NUMBER "
    "ZA_VAT_NUMBER",
    11: "AU_ABN DE_TAX_ID IT_VAT_CODE NG_NIN PL_PESEL TR_NATIONAL_ID",
    12: "IN_AADHAAR KR_DRIVER_LICENSE PH_UMID",
    13: "KR_FRN KR_RRN TH_TNIN ZA_ID_NUMBER ZA_TRAFFIC_REGISTER_NUMBER",
}
"""Digits in a row, and the types that have as many. Other countries' types have four."""

_BARE = """
ABA_ROUTING_NUMBER AU_ACN AU_MEDICARE AU_TFN CA_SIN DE_BSNR DE_LANR DE_TAX_ID DE_TAX_NUMBER IN_AADHAAR
IT_VAT_CODE KR_BRN NG_NIN PH_TIN SE_ORGANISATIONSNUMMER TH_TNIN UK_NHS US_ITIN US_NPI US_SSN ZA_ID_NUMBER
ZA_INCOME_TAX_NUMBER ZA_VAT_NUMBER
"""
_DIGITS_ALONE = frozenset(_BARE.split())

_LEAST = {entity: digits for digits, entities in _ROWS.items() for entity in entities.split()}
_SEPARATORS = re.compile(r"[ .\-/]")
_ANY_ROW = re.compile(r"\d(?:[ .\-/]?\d){3,}")
_ROW = {digits: re.compile(rf"\d(?:[ .\-/]?\d){{{digits - 1}}}") for digits in (4, *_ROWS)}


@lru_cache(maxsize=1)
def _casefold(text: str) -> str:
    return text.casefold()


@lru_cache(maxsize=1)
def _longest_row(text: str) -> int:
    return max((len(_SEPARATORS.sub("", row)) for row in _ANY_ROW.findall(text)), default=0)


class RowGate:
    """As many digits in a row. All of these share one look at a text."""

    def __init__(self, digits: int) -> None:
        self._digits = digits

    def search(self, text: str) -> bool | None:
        return _longest_row(text) >= self._digits or None


class WordGate:
    """Lets a text pass that holds one of the words, whole or not, in any case."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(sorted(words))

    def search(self, text: str) -> bool | None:
        folded = _casefold(text)
        return any(word in folded for word in self._words) or None


_LETTER_DIGIT = re.compile(r"(?<=[A-Za-z])\d")
_BESIDE: dict[str, tuple[Gate, ...]] = {
    "US_PRESCRIPTION_NUMBER": (WordGate(["rx", "prescription"]),),
    "MEDICAL_LICENSE": (re.compile(r"[A-Za-z][A-Za-z9]\d{7}"),),
    "DE_HEALTH_INSURANCE": (re.compile(r"[A-Za-z]\d{9}"),),
    "DE_ID_CARD": (_LETTER_DIGIT,),
    "DE_PASSPORT": (_LETTER_DIGIT,),
    "DE_SOCIAL_SECURITY": (re.compile(r"\d{8}[A-Za-z]\d"),),
    "DE_VAT_ID": (re.compile(r"DE[\s.\-]?\d", re.IGNORECASE),),
    "ES_NIE": (re.compile(r"\d{7}-?[A-Za-z]"),),
    "ES_NIF": (re.compile(r"\d{7}-?[A-Za-z]"),),
    "UK_DRIVING_LICENCE": (re.compile(r"[A-Za-z9]\d{6}"),),
    "UK_PASSPORT": (re.compile(r"[A-Za-z]{2}\d{7}"),),
    "UK_POSTCODE": (_LETTER_DIGIT,),
    "US_MBI": (re.compile(r"\d[A-Za-z]"),),
}
"""What a value of the type has beside its digits."""


_ROW_GATES = {digits: RowGate(digits) for digits in _ROW}


class SeparatedGate:
    """For numbers that count without a word of context only where their digits stand in groups: lets a text
    pass that has such groups, or one of the words."""

    def __init__(self, digits: int, words: Iterable[str]) -> None:
        row = rf"\d(?:[ .\-/]?\d){{{digits - 1}}}"
        self._groups = re.compile(rf"(?={row})\d{{1,{digits - 1}}}[ .\-/]\d")
        self._words = WordGate(words)

    def search(self, text: str) -> object | None:
        return self._groups.search(text) or self._words.search(text)


def separated(entity: str, words: Iterable[str]) -> tuple[Gate, ...]:
    """The gate of a type that is nothing but digits, and whose check digit alone is no evidence."""
    return (SeparatedGate(_LEAST[entity], words),) if entity in _DIGITS_ALONE else ()


def gates(entity: str) -> tuple[Gate, ...]:
    row = digit_row(entity)
    beside = _BESIDE.get(entity, ())
    if row is not None:
        return (DIGIT, _ROW_GATES[_LEAST.get(entity, 4)], *beside)
    return _GATES.get(entity, (DIGIT, *beside) if is_national(entity) else (_ANY,))


def digit_row(entity: str) -> re.Pattern[str] | None:
    """The row of digits that a value of this type holds, where it is one of those."""
    if entity in _GATES or entity in _SCATTERED or not is_national(entity):
        return None
    return _ROW[_LEAST.get(entity, 4)]
