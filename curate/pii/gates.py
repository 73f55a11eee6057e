"""Gates: what a text must hold for one of Presidio's types to be in it.

A country's number is looked for only where as many digits stand in a row as the shortest of its kind has, one
space, dot, hyphen or slash between two of them at most. A finding must hold such a row itself: so the gate
loses nothing that the finder would find.
"""

import re

from curate.pii.entities import IBAN_LENGTHS, is_national
from curate.pii.finder import Gate
from curate.pii.look import DIGIT, RowGate, SeparatedGate, ShapeGate, TextGate, shape, words


def _text(pattern: str) -> TextGate:
    return TextGate(re.compile(pattern))


_IBAN_COUNTRIES = "|".join(" ".join(IBAN_LENGTHS.values()).split())
_IBAN_BEGINS = rf"(?<![A-Z0-9])(?:{_IBAN_COUNTRIES})[0-9]{{2}}[- ]?[A-Z0-9]"

_GATES: dict[str, tuple[Gate, ...]] = {
    "EMAIL_ADDRESS": (shape(r"@|[\[({](?:at|\Z)"), _text(r"@|[\[({]\s?[Aa][Tt]\s?[\])}]")),
    "CREDIT_CARD": (DIGIT, RowGate(12), _text(r"[1-6]\d{3}(?:[-. ]?\d){8}")),
    "IBAN_CODE": (
        shape(f"(?:{_IBAN_COUNTRIES.lower()})00"),
        TextGate(re.compile(_IBAN_BEGINS, re.IGNORECASE | re.ASCII)),
    ),
    "IP_ADDRESS": (DIGIT, shape(r"0\.0{1,3}\.0{1,3}\.0|:[0a-f]{0,4}:")),
    "MAC_ADDRESS": (shape(r"[:-][0a-f]{2}[:-]|\.[0a-f]{4}\."),),
    "CRYPTO": (DIGIT, shape("[b0][0a-z]{25}")),
    "URL": (shape(r"\.[a-z]|://|www\."),),
    "US_SSN": (DIGIT, RowGate(9), _text(r"[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}")),
    "US_ITIN": (DIGIT, RowGate(9), _text(r"\b9\d{2}[- ]?\d{2}")),
    "UK_NINO": (DIGIT, RowGate(6), _text(r"\d\d\s?\d\d\s?\d\d\s?[A-Da-d](?!\w)")),
    "IT_FISCAL_CODE": (shape("[a-z]{6}[0lmnp-v]{2}[a-z][0lmnp-v]{2}[a-z][0lmnp-v]{3}[a-z]"),),
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
_ROW = {digits: re.compile(rf"\d(?:[ .\-/]?\d){{{digits - 1}}}") for digits in (4, *_ROWS)}

_CARD_DE = shape("[a-z][a-z0]{7}0")
_BESIDE: dict[str, tuple[Gate, ...]] = {
    "US_PRESCRIPTION_NUMBER": (words(["rx", "prescription"]),),
    "MEDICAL_LICENSE": (shape("[a-z][a-z0]0{7}"), _text(r"[A-Za-z][A-Za-z9]\d{7}")),
    "DE_HEALTH_INSURANCE": (shape("[a-z]0{9}"),),
    "DE_ID_CARD": (_CARD_DE,),
    "DE_PASSPORT": (_CARD_DE,),
    "DE_SOCIAL_SECURITY": (shape("0{8}[a-z]0"),),
    "DE_VAT_ID": (shape(r"(?<!\w)de(?:0|[.-]|\Z)"), _text(r"[Dd][Ee][\s.\-]?\d")),
    "ES_NIE": (shape("0{7}-?[a-z]"),),
    "ES_NIF": (shape("0{7}-?[a-z]"),),
    "PL_PESEL": (shape("(?<!0)0{11}(?!0)"),),
    "UK_DRIVING_LICENCE": (shape("[a-z0]{5}0{6}[a-z0]{3}[a-z]{2}"),),
    "UK_PASSPORT": (shape("[a-z]{2}0{7}"),),
    "UK_POSTCODE": (shape(r"0[a-z]{2}(?!\w)"),),
    "US_MBI": (shape("0[a-z][a-z0]0-?[a-z][a-z0]0-?[a-z]{2}00"),),
}
"""What a value of the type has beside its digits."""


def separated(entity: str, context: ShapeGate) -> tuple[Gate, ...]:
    """The gate of a type that is nothing but digits, and whose check digit alone is no evidence."""
    return (SeparatedGate(_LEAST[entity], context),) if entity in _DIGITS_ALONE else ()


def gates(entity: str) -> tuple[Gate, ...]:
    beside = _BESIDE.get(entity, ())
    if digit_row(entity) is not None:
        return (DIGIT, RowGate(_LEAST.get(entity, 4)), *beside)
    return _GATES.get(entity, (DIGIT, *beside) if is_national(entity) else ())


def digit_row(entity: str) -> re.Pattern[str] | None:
    """The row of digits that a value of this type holds, where it is one of those."""
    if entity in _GATES or entity in _SCATTERED or not is_national(entity):
        return None
    return _ROW[_LEAST.get(entity, 4)]
