"""Presidio's pattern recognisers as finders: its patterns and checksums, without its NLP engine.

A context word among the five words before raises the score as Presidio's own enhancer does: by 0.35, to 0.4
at least. That enhancer needs an NLP engine's lemmas; this one takes the words as they stand.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import regex  # type: ignore[import-untyped]
from presidio_analyzer import Pattern

from curate.pii.finder import DIGIT, Finder
from curate.pii.finding import Finding, ScanTimeout
from curate.pii.recognisers import known_entities

CONTEXT_WORDS = 5
CONTEXT_GAIN = 0.35
CONTEXT_LEAST = 0.4

_WORD = re.compile(r"\w+")
_ANY = re.compile(r"\w")

_GATES = {
    "EMAIL_ADDRESS": (re.compile(r"@|[\[({]\s?at\s?[\])}]", re.IGNORECASE),),
    "CREDIT_CARD": (DIGIT, re.compile(r"[1-6](?:[-. ]?\d){11}")),
    "IBAN_CODE": (DIGIT, re.compile(r"[0-9]{2}(?<=[A-Za-z]{2}[0-9]{2})[- ]?[A-Za-z0-9]")),
    "IP_ADDRESS": (DIGIT, re.compile(r"\d\.\d{1,3}\.\d|:[0-9A-Fa-f:]")),
    "MAC_ADDRESS": (re.compile(r"[:-][0-9A-Fa-f]{2}[:-]|\.[0-9A-Fa-f]{4}\."),),
    "CRYPTO": (DIGIT, re.compile(r"[bB013][0-9A-Za-z]{25}")),
    "US_SSN": (DIGIT, re.compile(r"[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}")),
    "US_ITIN": (DIGIT, re.compile(r"9\d{2}[- ]?\d{2}")),
    "UK_NINO": (DIGIT, re.compile(r"\d{2}\s?\d{2}\s?\d{2}\s?[A-D]", re.IGNORECASE)),
    "IT_FISCAL_CODE": (re.compile(r"[0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{2}[A-Z]", re.IGNORECASE),),
}
"""Types that are not here, because a recipe must name them, are looked for in every text."""

_NUMBERED = (
    r"\b(?:order|invoice|receipt|tracking|parcel|shipment|ref|reference|ticket|case|sku|item|article|product|model|"
    r"part|serial|batch|booking|version|release|firmware|build)(?:\W+(?:no|nr|num|number|id|code|is|was)\b){0,2}[\W_]*\Z"
)
_NOT_AFTER = {entity: re.compile(_NUMBERED, re.IGNORECASE) for entity in ("US_SSN", "US_ITIN", "IP_ADDRESS")}
"""A nine-digit order number and a version of four parts are neither a person's number nor an address."""


class PresidioFinder:
    """One Presidio recogniser. Every pattern gets `timeout_s`; running out of it raises ScanTimeout,
    where Presidio alone would log a line and find nothing."""

    chunked = True

    def __init__(self, recogniser: Any, timeout_s: float) -> None:
        self.name: str = recogniser.name
        self._entity: str = recogniser.supported_entities[0]
        self.gates = _GATES.get(self._entity, (_ANY,))
        self._not_after = _NOT_AFTER.get(self._entity)
        self._recogniser = recogniser
        self._context = {word.strip().casefold() for word in recogniser.context or ()}
        recogniser.patterns = [
            _bounded(p, recogniser.global_regex_flags, timeout_s) for p in recogniser.patterns
        ]

    def find(self, text: str) -> Iterator[Finding]:
        for result in self._recogniser.analyze(text, [self._entity]):
            start = result.start
            if self._entity == "EMAIL_ADDRESS":
                start = _address_start(text, start, result.end)
            if self._not_after and self._not_after.search(text[max(0, start - 60) : start]):
                continue
            score = self._with_context(text, start, float(result.score))
            yield Finding(self._entity, start, result.end, score, self.name)

    def _with_context(self, text: str, start: int, score: float) -> float:
        if score >= 1.0 or not self._context:
            return score
        before = " ".join(_WORD.findall(text[max(0, start - 100) : start].casefold())[-CONTEXT_WORDS:])
        if any(re.search(rf"\b{re.escape(word)}\b", before) for word in self._context):
            return min(1.0, max(score + CONTEXT_GAIN, CONTEXT_LEAST))
        return score


class _Bounded:
    """A compiled pattern whose matching takes at most `timeout_s`, whatever timeout it is called with."""

    def __init__(self, compiled: Any, timeout_s: float) -> None:
        self._compiled = compiled
        self._timeout_s = timeout_s

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[Any]:  # noqa: ARG002
        try:
            yield from self._compiled.finditer(text, timeout=self._timeout_s)
        except TimeoutError:
            raise ScanTimeout from None


def _bounded(pattern: Pattern, flags: int, timeout_s: float) -> Any:
    """A copy: Presidio shares its pattern objects between all recognisers of a class."""
    copy: Any = Pattern(pattern.name, pattern.regex, pattern.score)
    copy.compiled_regex = _Bounded(regex.compile(pattern.regex, flags=flags), timeout_s)
    copy.compiled_with_flags = flags
    return copy


def _address_start(text: str, start: int, end: int) -> int:
    """Past what a URL or a JSON escape puts in front: `=`, `/`, `?` and `&` may stand in an address by
    RFC 5322 but never do."""
    local = text[start:end].partition("@")[0]
    cut = max(local.rfind(mark) for mark in "=/?&|{}") + 1
    start += cut if cut < len(local) else 0
    escaped = start > 0 and text[start - 1] == "\\" and text[start] in "nrtbf" and text[start + 1] != "@"
    return start + 1 if escaped else start


def presidio_finders(entities: Iterable[str], timeout_s: float) -> list[Finder]:
    """Finders of these types, in a fixed order; types that Presidio has no pattern for are left out."""
    known = known_entities()
    makers = [maker for entity in sorted(entities) for maker in known.get(entity, ())]
    return [PresidioFinder(maker(), timeout_s) for maker in makers]
