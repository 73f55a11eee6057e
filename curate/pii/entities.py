"""The entity types: which are looked for unless the recipe says more, and how sure a finding must be.

Names are Presidio's. Types found by weak evidence are left out of the default on purpose: a date, a
postcode or a passport number cannot be told from any other short number without an NER model's context.
"""

from curate.pii.locales import LANGUAGES

PATTERNS = (
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "CREDIT_CARD",
    "IBAN_CODE",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "CRYPTO",
    "US_SSN",
    "US_ITIN",
    "UK_NINO",
    "IT_FISCAL_CODE",
)
"""Looked for in every scan. `URL`, `DATE_TIME`, `UUID` and Presidio's other national types join when
the recipe names them under `pii.entities`, or their country under `pii.locales`."""

SECRETS = ("API_KEY", "PRIVATE_KEY", "JWT", "PASSWORD")
"""API_KEY is any vendor's token or key (the ledger's detail says whose), PASSWORD a password that is
assigned or stands in a URL."""

NER = ("PERSON", "LOCATION", "NRP")
"""Looked for when the recipe names a spaCy model. NRP is nationality, religion or political group.
Other labels that the model knows, such as ORGANIZATION, join when named under `pii.entities`."""

THRESHOLD = 0.5
"""Least score of a finding. Presidio's medium patterns score 0.5 and validated ones 1.0."""

NATIONAL_THRESHOLD = 0.4
"""Of a country's types: a weak pattern counts after a word of context, which lifts it to 0.4 or more."""

IBAN_LENGTHS = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV PT",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PS QA",
    26: "IS TR",
    27: "FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB MU PL",
    29: "BR EG UA",
    30: "JO KW",
    31: "MT SC",
    32: "LC",
}
"""Characters of an IBAN by country (SWIFT's registry of ISO 13616), where Presidio checks the format."""

_NATIONAL = frozenset({"ABA_ROUTING_NUMBER", "MEDICAL_LICENSE"})  # without a country in front, both of the US


def is_national(entity: str) -> bool:
    return entity in _NATIONAL or entity.partition("_")[0].lower() in LANGUAGES


def threshold(entity: str) -> float:
    return NATIONAL_THRESHOLD if is_national(entity) else THRESHOLD
