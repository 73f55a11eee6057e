"""Presidio's recognisers, seven of them fitted to what real text needs.

- EMAIL_ADDRESS: a domain whose suffix is not on the public list (`.internal`, `.example`) stays a finding
  at 0.5, and `name [at] host [dot] org` is one too. The suffix list is the packaged one: no network.
- CREDIT_CARD: Mastercard's 2-series and 19 digits too; a number must have a scheme's prefix and length.
- IBAN_CODE: exactly as many characters as the country's IBANs have, so that a word after it does no harm.
- IP_ADDRESS: loopback, unspecified and netmask addresses say nothing about a person.
- US_SSN: no area of 9, which is an ITIN's or nobody's.
- URL: linear in the text.
- CRYPTO: Ethereum addresses beside Bitcoin's.
"""

import ipaddress
import re
from functools import cache
from typing import Any

import regex
import tldextract

from curate.pii.analyzer import Pattern, PatternRecognizer, predefined_recognizers
from curate.pii.entities import IBAN_LENGTHS


@cache
def suffixes() -> tldextract.TLDExtract:
    """The public suffix list as packaged: no network, no cache folder."""
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    extract("example.org")  # reads the list: what is forked of this process need not
    return extract


class EmailAddress(predefined_recognizers.EmailRecognizer):
    """An address with a listed suffix is certain; with any other alphabetic last label it is likely.
    `git@host` is how a repository is named, nobody's address."""

    OBFUSCATED = Pattern(
        "name [at] host [dot] org",
        r"\b[\w.+-]{1,64}\s?[\[({]\s?at\s?[\])}]\s?[\w-]{1,63}"
        r"(?:(?:\s?[\[({]\s?dot\s?[\])}]\s?|\.)[\w-]{1,63}){1,5}\b",
        0.5,
    )

    def __init__(self) -> None:
        super().__init__(patterns=[*self.PATTERNS, self.OBFUSCATED], name="EmailRecognizer")
        self._suffixes = suffixes()

    def validate_result(self, pattern_text: str) -> bool | None:
        address = plain_address(pattern_text)
        if address.startswith("git@"):
            return False
        if self._suffixes(address).fqdn:
            return True
        return None if re.search(r"\.(?:[^\W\d_]{2,}|xn--[\w-]+)\Z", address) else False


def plain_address(text: str) -> str:
    """`name [at] host [dot] org` as `name@host.org`; a plain address as it is, case-folded."""
    text = re.sub(r"\s?[\[({]\s?at\s?[\])}]\s?", "@", text, flags=re.IGNORECASE)
    text = re.sub(r"\s?[\[({]\s?dot\s?[\])}]\s?", ".", text, flags=re.IGNORECASE)
    return text.casefold()


class CardNumber(predefined_recognizers.CreditCardRecognizer):
    """Luhn's checksum, and a prefix and length that a scheme issues (ISO/IEC 7812)."""

    GROUPED = Pattern("digits in groups", r"(?<![\w.-])[1-6]\d{3}(?:[-. ]?\d{2,7}){2,4}(?![\w-]|\.\d)", 0.3)
    SCHEMES = re.compile(
        r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
        r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
        r"|3[47]\d{13}"  # American Express
        r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
        r"|(?:6011|64[4-9]\d|65\d{2})\d{12}(?:\d{3})?"  # Discover
        r"|35(?:2[89]|[3-8]\d)\d{12}(?:\d{3})?"  # JCB
        r"|62\d{14,17}"  # UnionPay
        r"|(?:50|5[6-9]|6[037])\d{14}"  # Maestro
    )

    def __init__(self) -> None:
        separators = [("-", ""), (" ", ""), (".", "")]
        super().__init__(
            patterns=[*self.PATTERNS, self.GROUPED], replacement_pairs=separators, name="CreditCardRecognizer"
        )

    def validate_result(self, pattern_text: str) -> bool:
        digits = re.sub(r"[-. ]", "", pattern_text)
        return bool(self.SCHEMES.fullmatch(digits)) and bool(super().validate_result(pattern_text))


class Url(PatternRecognizer):
    """With a scheme or `www.`, or a domain whose suffix is on the public list. Presidio's own pattern takes a
    millisecond for each character of `a.a.a.a`; this one takes time linear in the text."""

    _REST = r"[^\s<>\"'`]{0,2000}[^\s<>\"'`.,;:!?)\]}]"
    _DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}"

    def __init__(self) -> None:
        patterns = [
            Pattern("with a scheme", rf"(?<!\w)(?:https?|ftp)://{self._REST}", 0.6),
            Pattern("www", rf"(?<![\w.@/-])www\.{self._REST}", 0.6),
            Pattern("domain", rf"(?<![\w.@/-]){self._DOMAIN}(?![\w@-]|\.\w)(?:[:/?#]{self._REST})?", 0.5),
        ]
        super().__init__(
            supported_entity="URL", name="UrlRecognizer", patterns=patterns, context=["url", "link"]
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        parts = suffixes()(pattern_text)
        marked = re.match(r"(?:https?|ftp)://|www\.", pattern_text, re.IGNORECASE)
        return None if marked or (parts.suffix and parts.domain) else False


def _iban() -> PatternRecognizer:
    lengths = "|".join(
        rf"(?:{countries.replace(' ', '|')})[0-9]{{2}}(?:[ -]?[A-Z0-9]){{{length - 4}}}"
        for length, countries in IBAN_LENGTHS.items()
    )
    patterns: Any = [
        Pattern("IBAN by country", rf"(?<![A-Z0-9])(?=[A-Z]{{2}}[0-9]{{2}})({lengths})(?![A-Z0-9])", 0.5)
    ]
    flags = regex.IGNORECASE | regex.ASCII
    return predefined_recognizers.IbanRecognizer(patterns=patterns, regex_flags=flags)


class IpAddress(predefined_recognizers.IpRecognizer):
    """Without loopback, unspecified and netmask addresses, and without `a::b` that code is full of."""

    def __init__(self) -> None:
        super().__init__(name="IpRecognizer")

    def invalidate_result(self, pattern_text: str) -> bool:
        try:
            address: Any = (
                ipaddress.ip_interface(pattern_text).ip
                if "/" in pattern_text
                else ipaddress.ip_address(pattern_text)
            )
        except ValueError:
            return True
        netmask = address.version == 4 and str(address).startswith("255.")
        no_digit = address.version == 6 and not any(map(str.isdigit, pattern_text))
        return bool(address.is_loopback or address.is_unspecified or netmask or no_digit)


class SocialSecurityNumber(predefined_recognizers.UsSsnRecognizer):
    """Without numbers that begin with 9: those are individual taxpayers' (ITIN), and no SSN begins so."""

    def __init__(self) -> None:
        super().__init__(name="UsSsnRecognizer")

    def invalidate_result(self, pattern_text: str) -> bool:
        return pattern_text.startswith("9") or bool(super().invalidate_result(pattern_text))


def _ethereum() -> PatternRecognizer:
    """Presidio's knows Bitcoin only; an Ethereum address has a shape that nothing else has."""
    pattern = Pattern("Ethereum", r"\b0x[0-9a-fA-F]{40}\b", 0.6)
    return PatternRecognizer(supported_entity="CRYPTO", name="EthereumRecognizer", patterns=[pattern])


_OWN = {
    "EMAIL_ADDRESS": (EmailAddress,),
    "CREDIT_CARD": (CardNumber,),
    "IBAN_CODE": (_iban,),
    "IP_ADDRESS": (IpAddress,),
    "US_SSN": (SocialSecurityNumber,),
    "URL": (Url,),
    "CRYPTO": (predefined_recognizers.CryptoRecognizer, _ethereum),
}


@cache
def known_entities() -> dict[str, tuple[Any, ...]]:
    """Every entity type that Presidio finds by pattern, and what makes its recognisers."""
    known: dict[str, tuple[Any, ...]] = {}
    for name in predefined_recognizers.__all__:
        made = getattr(predefined_recognizers, name)
        if isinstance(made, type) and issubclass(made, PatternRecognizer):
            made_by: Any = made
            known[made_by().supported_entities[0]] = (made_by,)
    return {**known, **_OWN}


@cache
def national_entities(country: str) -> tuple[str, ...]:
    """The types that Presidio has for one country, sorted."""
    return tuple(
        sorted(
            e for e, makers in known_entities().items() if getattr(makers[0], "COUNTRY_CODE", "") == country
        )
    )
