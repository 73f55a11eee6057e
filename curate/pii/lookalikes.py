"""Look-alikes: values with the shape of personal data that are none, told by their form and by what stands
beside them.

A version or a section number has the shape of an IPv4 address, but small parts: of a thousand addresses drawn
at random, not one has all four up to 30. Such a number is an address only where a word says so; a larger one
is none where a word or a suffix says so. No host has an address that begins with 0.
"""

import re
from collections.abc import Callable

_BESIDE = 60  # characters
_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})")
_SLICE = re.compile(r"\d{1,4}::|\d{0,3}::\d{1,3}")  # IPv6 by its form: a year and colons, `[1::2]` in code
_PRIVATE = 10  # the one network with a small first part that people use
_SECTIONS, _VERSIONS = 30, 99  # the largest part

_NETWORK = re.compile(
    r"\b(?:ip|ips|ipv4|addr|address\w*|adress\w*|(?:local|remote)?hosts?|host(?:name|ed)\w*|(?:name)?servers?|"
    r"gateways?|routers?|subnets?|networks?|netz\w*|dns|proxy|from|log(?:in|on|ged|ins)|ping\w*|ssh|"
    r"connect\w*|clients?|peers?|listen\w*|bound|bind\w*|route[ds]?|resolv\w*|via|firewalls?|traceroute|"
    r"banned|blocked|whois|visitors?|von|depuis|desde|hôte|serveurs?|servidor\w*)\b"
    r"|(?:@|://)\Z",
    re.IGNORECASE,
)
_NETWORK_BEHIND = re.compile(r":\d|\s+ports?\b", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:\b(?:(?:sub)?sections?|chapters?|clauses?|paragraphs?|appendix|annex|tables?|figures?|fig\.|"
    r"equations?|eq\.|theorems?|lemmas?|exercises?|articles?|versions?|releases?|released|revisions?|rev\.|"
    r"see|cf\.|siehe|abschnitt\w*|kapitel|voir|policy|kernel|linux|java|jvm|jdk|jre|rfc)|§)[\s:(\"'`*-]{0,3}"
    r"(?:\d[\w.]*[\s,;/–-]+(?:(?:and|or|to|und|oder|bis|through|et|ou|y|o)\s+)?){0,6}\Z"
    r"|\b(?:bump|upgrad|downgrad)\w*\s(?:\S+\s){0,3}(?:to|from)\s\Z"
    r"|\bversion\S*\s(?:\S+\s){0,2}to\s\Z"
    r"|(?:<<|>>|[<>=~!]=|~>)\s?[\"']?\Z",
    re.IGNORECASE,
)
_SURELY_NUMBERED = re.compile(
    r"\b(?:oids?|object identifiers?|v|ver\.?|versions?|builds?|releases?|pro|professional|lite|enterprise)"
    r"[\s:(\"'`]{1,3}\Z",
    re.IGNORECASE,
)  # whatever its parts
_EDITION = re.compile(r"\s(?:alpha|beta|rc|build|final|portable)\b", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:since|until|before|than|requires?|seit|depuis|desde|sedan)\s[\w+-]+\s\Z"
    r"|\blib[\w+-]+\s\Z|[a-z]\w*-\Z|(?<![\d.])-?\d*\.\d+(?:-\d*\.\d+)*[ ,]\Z",
    re.IGNORECASE,
)
_PACKAGED = re.compile(
    r"[-~+](?:\d{1,2}(?![\d.])|[a-z])|-?\d?\)[\w\s-]{0,30};\surgency=", re.IGNORECASE
)  # as in Debian's changelogs

_UNITS = "service|socket|device|mount|automount|swap|path|timer|slice|scope"
_UNIT = re.compile(rf"@[^@.]*\.(?:{_UNITS})\Z")  # an instance of a systemd unit
_DOMAIN = re.compile(r"\.(?:[^\W\d_]{2,}|xn--[\w-]+)\Z")

_CLOCK = re.compile(r"\d:[0-5]\d:\Z")
_DAY = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_DATED = re.compile(rf"\A{_DAY}(?![\d-])|(?<![\d-]){_DAY}\Z|\A\(?\d{{1,2}}/\d{{1,2}}/(?:19|20)\d\d\Z")
_STANDARD = re.compile(r"\b(?:IEEE|ISO|IEC|ANSI|DIN|RFC)[\s/.-]*(?:Std\.?|IEC)?\s*\Z|\bStd\.?\s\Z")

_DECIMAL = re.compile(r"0\.\d{4,}")
_POINT = re.compile(r"(?<!\w)\.\Z")  # of a decimal that begins with it
_FACTOR = re.compile(r"\s?\*")
_REGULATION = re.compile(
    r"\b(?:D?FARS?|CFR|USC|U\.S\.C\.|clauses?)\s+(?:(?:at|section|§)\s+)?\Z", re.IGNORECASE
)
_IN_URL = re.compile(r"(?:://|\bwww\.)\S*/\Z")
_BUFFER = re.compile(r"\bBuffer(?: [0-9a-f]{2})* \Z")  # how Node.js prints one
_PUBLISHED = re.compile(r"\b10\.\d{4,9}/\S*\Z|\bISBN(?:[- ]1[03])?:?\s?[\dX-]*\Z")

_PAIR = r"[0-9A-Fa-f]{2}"
_BYTES_BEFORE = re.compile(rf"(?<!\w)({_PAIR}\s{{1,2}}{_PAIR})\s{{1,2}}\Z")
_BYTES_BEHIND = re.compile(rf"\s{{1,2}}({_PAIR}\s{{1,2}}{_PAIR})(?!\w)")
_MIXED_PAIR = re.compile(r"\d[A-Fa-f]|[A-Fa-f]\d")
_BYTE_BEFORE = re.compile(rf"(?<!\w){_PAIR}[:-]\Z")
_BYTE_BEHIND = re.compile(rf"[:-]{_PAIR}(?!\w)")


def is_lookalike(entity: str, text: str, start: int, end: int) -> bool:
    """Whether what stands there is no value of this type."""
    told = _TOLD.get(entity)
    return told is not None and told(
        text[start:end], text[max(0, start - _BESIDE) : start], text[end : end + _BESIDE]
    )


def _is_version(value: str, before: str, behind: str) -> bool:
    parts = _IPV4.fullmatch(value)
    if parts is None:
        return _SLICE.fullmatch(value) is not None
    numbers = [int(part) for part in parts.groups()]
    if numbers[0] == 0 or _SURELY_NUMBERED.search(before) or _EDITION.match(behind):
        return True
    if numbers[0] in (_PRIVATE, *range(_SECTIONS + 1, 256)) or max(numbers) > _VERSIONS:
        return False
    if _NUMBERED.search(before):
        return True
    if _NETWORK.search(before) or _NETWORK_BEHIND.match(behind):
        return False
    small = max(numbers) <= _SECTIONS and len(set(numbers)) > 1
    return small or _NAMED.search(before) is not None or _PACKAGED.match(behind) is not None


def _is_name(value: str, _before: str, _behind: str) -> bool:
    """An instance of a unit, or a package with its version: no domain ends so."""
    return "@" in value and (_UNIT.search(value) is not None or _DOMAIN.search(value) is None)


def _is_other_number(value: str, before: str, behind: str) -> bool:
    if _CLOCK.search(before) or _DATED.search(value) or _STANDARD.search(before):
        return True
    if _is_decimal(value, before, behind) or _DECIMAL.fullmatch(value) or _PUBLISHED.search(before):
        return True
    if _REGULATION.search(before) or _BUFFER.search(before) or ("/" in value and _IN_URL.search(before)):
        return True
    if value.startswith("+") and _FACTOR.match(behind):
        return True
    beside = (_BYTES_BEFORE.search(before), _BYTES_BEHIND.match(behind))
    return any(pairs is not None and _MIXED_PAIR.search(pairs[1]) for pairs in beside)


def _is_decimal(_value: str, before: str, _behind: str) -> bool:
    return _POINT.search(before) is not None


def _is_part_of_bytes(_value: str, before: str, behind: str) -> bool:
    return _BYTE_BEFORE.search(before) is not None or _BYTE_BEHIND.match(behind) is not None


_TOLD: dict[str, Callable[[str, str, str], bool]] = {
    "CREDIT_CARD": _is_decimal,
    "EMAIL_ADDRESS": _is_name,
    "IP_ADDRESS": _is_version,
    "MAC_ADDRESS": _is_part_of_bytes,
    "PHONE_NUMBER": _is_other_number,
}
