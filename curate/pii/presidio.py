"""Presidio's pattern recognisers as finders: its patterns and checksums, without its NLP engine.

A country's type needs a word of its context before it (`curate.pii.context`) wherever its pattern alone is
weak, and for digits without separators even where its checksum is right: one order number in ten is a valid
tax number of some country.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import regex

from curate.pii.analyzer import Pattern, PatternRecognizer
from curate.pii.context import Context, Numbered, raised
from curate.pii.entities import THRESHOLD, is_national
from curate.pii.finder import Finder
from curate.pii.finding import Finding, ScanTimeout
from curate.pii.gates import digit_row, gates, separated
from curate.pii.lookalikes import is_lookalike
from curate.pii.recognisers import known_entities

CHECKED_WELL = frozenset({"AU_ABN", "KR_FRN", "KR_RRN", "PL_PESEL", "SE_PERSONNUMMER", "TR_NATIONAL_ID"})
"""Of as many digits by chance, at most one in thirty passes as one of these: they have a date or two check
digits. Of the other countries' types about one in ten does."""

_FORM_ALONE = """
IN_VEHICLE_REGISTRATION KR_DRIVER_LICENSE NG_VEHICLE_REGISTRATION TR_LICENSE_PLATE UK_VEHICLE_REGISTRATION
ZA_DRIVER_LICENSE ZA_LICENSE_PLATE ZA_PASSPORT ZA_TRAFFIC_REGISTER_NUMBER
"""
FORM_ALONE = frozenset(_FORM_ALONE.split())
"""Types that Presidio calls certain for a letter and some digits in the right places, as in `15 and 16`."""

_ENDLESS = {".*?": r"[^\n]{0,20}?", "(?=[A-Z0-9-]*": "(?=[A-Z0-9-]{0,20}"}
"""What looks ahead without end takes time square in the text; the values are shorter than this."""

_WITHIN = {
    "Email (Medium)": re.compile(r"(?<!\S)[^\s@]*@\S*"),
    "name [at] host [dot] org": re.compile(r"\A.*[\[({]\s?at\s?[\])}].*", re.IGNORECASE | re.DOTALL),
}
"""By a pattern's name, where alone it can match: it is tried nowhere else."""

_NO_PIECE = frozenset({"CREDIT_CARD", "IP_ADDRESS"})
"""Types whose values are none within a longer number with dots: a decimal's digits, an object identifier."""

_DOTTED_BEFORE = re.compile(r"\d\.\Z")
_DOTTED_BEHIND = re.compile(r"\.\d")

_LETTER = re.compile(r"[A-Za-z_/]")
_FILE_BEHIND = re.compile(r"[\w-]*\.[a-z]{1,4}\b")


class PresidioFinder:
    """One Presidio recogniser. Every pattern gets `timeout_s`; running out of it raises ScanTimeout,
    where Presidio alone would log a line and find nothing."""

    chunked = True

    def __init__(self, recogniser: Any, timeout_s: float) -> None:
        self.name: str = recogniser.name
        self._entity: str = recogniser.supported_entities[0]
        self.gates = gates(self._entity)
        self._row = digit_row(self._entity)
        self._national = is_national(self._entity)
        self._recogniser = recogniser
        self._own_way = type(recogniser).analyze is not PatternRecognizer.analyze
        self._context = Context(recogniser.context or ())
        if self._needs_context(recogniser):
            self.gates += (self._context.gate,)
        else:
            self.gates += separated(self._entity, self._context.gate)
        self._plain = self._entity in _NO_PIECE
        self._not_after = Numbered(self._context) if self._national or self._entity == "IP_ADDRESS" else None
        recogniser.patterns = [
            _bounded(p, recogniser.global_regex_flags, timeout_s) for p in recogniser.patterns
        ]

    def _needs_context(self, recogniser: Any) -> bool:
        """Whether nothing that the patterns match can be a finding without a word of context."""
        if self._entity in FORM_ALONE:
            return True
        checked = type(recogniser).validate_result is not PatternRecognizer.validate_result
        return self._national and not checked and all(p.score < THRESHOLD for p in recogniser.patterns)

    def find(self, text: str) -> Iterator[Finding]:
        for start, end, score in self._matches(text):
            if self._entity == "EMAIL_ADDRESS":
                start = _address_start(text, start, end)
                if text[start] == "@":
                    continue
            end = start + len(text[start:end].rstrip())
            if self._plain and _DOTTED_BEFORE.search(text, max(0, start - 2), start):
                continue
            if self._plain and _DOTTED_BEHIND.match(text, end):
                continue
            if self._not_after and self._not_after.ends(text[max(0, start - 60) : start]):
                continue
            if is_lookalike(self._entity, text, start, end):
                continue
            context = self._context.stands_before(text, start)
            if self._national and not self._is_whole(text, start, end):
                continue
            if self._national and not context and self._is_weak(score, text[start:end]):
                continue
            yield Finding(self._entity, start, end, raised(score) if context else score, self.name)

    def _matches(self, text: str) -> Iterator[tuple[int, int, float]]:
        """Start, end and score of what the patterns match, judged as PatternRecognizer.analyze does it."""
        if self._own_way:
            for result in self._recogniser.analyze(text, [self._entity]):
                yield result.start, result.end, float(result.score)
            return
        for pattern in self._recogniser.patterns:
            for match in pattern.compiled_regex.finditer(text):
                value = match[0]
                valid = self._is_valid(value)
                if (valid is None or valid) and not self._recogniser.invalidate_result(value):
                    yield match.start(), match.end(), 1.0 if valid else float(pattern.score)

    def _is_valid(self, value: str) -> bool | None:
        """Presidio's checksums, of which some raise KeyError for what no table of theirs has: the Kelvin sign
        and its like, which its patterns take for letters."""
        try:
            valid: bool | None = self._recogniser.validate_result(value) if value else False
        except (KeyError, ValueError):
            if value.isascii():
                raise
            return False
        return valid

    def _is_weak(self, score: float, value: str) -> bool:
        unchecked = value.isdigit() and self._entity not in CHECKED_WELL
        return score < THRESHOLD or unchecked or self._entity in FORM_ALONE

    def _is_whole(self, text: str, start: int, end: int) -> bool:
        """Not a piece of a longer number, nor, where it begins with a letter, of a longer word or a file's
        name; and with the digits that the gates ask for."""
        around = text[max(0, start - 1) : start] + text[end : end + 1]
        enough = self._row is None or self._row.search(text, start, end) is not None
        if not enough or any(map(str.isdigit, around)):
            return False
        return not (text[start].isalpha() and (_LETTER.search(around) or _FILE_BEHIND.match(text, end)))


class _Bounded:
    """A compiled pattern that matches within another's matches alone, where one is given; in each at most
    `timeout_s` is spent, whatever timeout it is called with."""

    def __init__(self, compiled: Any, within: re.Pattern[str] | None, timeout_s: float) -> None:
        self._compiled = compiled
        self._within = within
        self._timeout_s = timeout_s

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[Any]:  # noqa: ARG002
        stretches = (match.span() for match in self._within.finditer(text)) if self._within else (None,)
        try:
            for stretch in stretches:
                yield from self._compiled.finditer(text, *(stretch or ()), timeout=self._timeout_s)
        except TimeoutError:
            raise ScanTimeout from None


def _bounded(pattern: Pattern, flags: int, timeout_s: float) -> Any:
    """A copy: Presidio shares its pattern objects between all recognisers of a class."""
    bounded = pattern.regex
    for endless, short in _ENDLESS.items():
        bounded = bounded.replace(endless, short)
    copy: Any = Pattern(pattern.name, bounded, pattern.score)
    copy.compiled_regex = _Bounded(regex.compile(bounded, flags=flags), _WITHIN.get(pattern.name), timeout_s)
    copy.compiled_with_flags = flags
    return copy


def _address_start(text: str, start: int, end: int) -> int:
    """Past what a URL, a quotation or a JSON escape puts in front: `=`, `/`, `?` and `&` may stand in an
    address by RFC 5322 but never do. Where nothing is left, it is none, as in `--request=@input.json`."""
    local, at, _ = text[start:end].partition("@")
    if at:
        local = local[max(local.rfind(mark) for mark in "=/?&|{}") + 1 :].lstrip("'`")
        start = text.index("@", start) - len(local)
    escaped = start > 0 and text[start - 1] == "\\" and text[start] in "nrtbf" and text[start + 1] != "@"
    return start + 1 if escaped else start


def presidio_finders(entities: Iterable[str], timeout_s: float) -> list[Finder]:
    """Finders of these types, in a fixed order; types that Presidio has no pattern for are left out."""
    known = known_entities()
    makers = [maker for entity in sorted(entities) for maker in known.get(entity, ())]
    return [PresidioFinder(maker(), timeout_s) for maker in makers]
