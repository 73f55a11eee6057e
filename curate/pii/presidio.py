"""Presidio's pattern recognisers as finders: its patterns and checksums, without its NLP engine.

A context word among the five words before raises the score as Presidio's own enhancer does: by 0.35, to 0.4
at least. That enhancer needs an NLP engine's lemmas; this one takes the words as they stand.

A country's type needs such a word wherever its pattern alone is weak, and for digits without separators
even where its checksum is right: one order number in ten is a valid tax number of some country.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import regex  # type: ignore[import-untyped]

from curate.pii.analyzer import Pattern, PatternRecognizer
from curate.pii.entities import THRESHOLD, is_national
from curate.pii.finder import Finder
from curate.pii.finding import Finding, ScanTimeout
from curate.pii.gates import digit_row, gates, separated
from curate.pii.look import ShapeGate, either
from curate.pii.look import words as words_gate
from curate.pii.recognisers import known_entities

CONTEXT_WORDS = 5
_CONTEXT_CHARACTERS = 100  # in which these words stand
CONTEXT_GAIN = 0.35
CONTEXT_LEAST = 0.4

_WORD = re.compile(r"\w+")
_INSIDE = re.compile(r"\w\w")

CHECKED_WELL = frozenset({"AU_ABN", "KR_FRN", "KR_RRN", "PL_PESEL", "SE_PERSONNUMMER", "TR_NATIONAL_ID"})
"""Of as many digits by chance, at most one in thirty passes as one of these: they have a date or two check
digits. Of the other countries' types about one in ten does."""

_FORM_ALONE = """
IN_VEHICLE_REGISTRATION KR_DRIVER_LICENSE NG_VEHICLE_REGISTRATION TR_LICENSE_PLATE UK_VEHICLE_REGISTRATION
ZA_DRIVER_LICENSE ZA_LICENSE_PLATE ZA_PASSPORT ZA_TRAFFIC_REGISTER_NUMBER
"""
FORM_ALONE = frozenset(_FORM_ALONE.split())
"""Types that Presidio calls certain for a letter and some digits in the right places, as in `15 and 16`."""

_EVERYDAY = frozenset({"us", "united", "states", "canada", "travel", "document", "check", "save", "pi"})
"""Presidio's words of context that stand beside any number."""

_LONG = 5  # letters from which a word of context may go on: `Steuernummern`, `taxpayers`
_SPACELESS = re.compile(r"[\u0E00-\u0E7F\u1100-\u11FF\u3040-\u30FF\u3400-\u9FFF\uAC00-\uD7AF]")

_ENDLESS = {".*?": r"[^\n]{0,20}?", "(?=[A-Z0-9-]*": "(?=[A-Z0-9-]{0,20}"}
"""What looks ahead without end takes time square in the text; the values are shorter than this."""

_ORDERED = """
order invoice receipt tracking parcel shipment ref reference ticket case sku item article product model part
serial batch booking version release firmware build section chapter
"""


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
        words = {" ".join(_WORD.findall(word.casefold())) for word in recogniser.context or ()}
        self._context = _any_of(words - _EVERYDAY - {""})
        if self._needs_context(recogniser):
            self.gates += (_gate_of(words - _EVERYDAY),)
        else:
            self.gates += separated(self._entity, _gate_of(words - _EVERYDAY))
        self._not_after = _Numbered(words) if self._national or self._entity == "IP_ADDRESS" else None
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
            end = start + len(text[start:end].rstrip())
            if self._not_after and self._not_after.ends(text[max(0, start - 60) : start]):
                continue
            context = self._has_context(text, start)
            if self._national and not self._is_whole(text, start, end):
                continue
            if self._national and not context and self._is_weak(score, text[start:end]):
                continue
            if context and score < 1.0:
                score = min(1.0, max(score + CONTEXT_GAIN, CONTEXT_LEAST))
            yield Finding(self._entity, start, end, score, self.name)

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
        """Not a piece of a longer number, and with the digits that the gates ask for."""
        around = text[max(0, start - 1) : start] + text[end : end + 1]
        enough = self._row is None or self._row.search(text, start, end) is not None
        return enough and not any(map(str.isdigit, around))

    def _has_context(self, text: str, start: int) -> bool:
        if self._context is None:
            return False
        left = max(0, start - _CONTEXT_CHARACTERS)
        before = _WORD.findall(text[left:start].casefold())
        cut = left > 0 and len(before) <= CONTEXT_WORDS and _INSIDE.match(text, left - 1) is not None
        return self._context.search(" ".join(before[1 if cut else -CONTEXT_WORDS :])) is not None


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Whole words, longer ones with what may follow them; anywhere in scripts without spaces."""
    parts = [
        re.escape(word)
        if _SPACELESS.search(word)
        else rf"\b{re.escape(word)}" + ("" if len(word) >= _LONG else r"\b")
        for word in sorted(words)
    ]
    return re.compile("|".join(parts)) if parts else None


def _gate_of(words: Iterable[str]) -> ShapeGate:
    """Lets pass what `_any_of` these words can match in."""
    gates = []
    for word in words:
        if _SPACELESS.search(word):
            gates.append(words_gate([word]))
        else:
            whole = len(word) < _LONG and " " not in word
            gates.append(words_gate([word], r"(?<!\w)", r"(?![^\W0])" if whole else ""))
    return either(gates)


class _Numbered:
    """What a number of something ordered follows: a nine-digit order number is no person's, a version of four
    parts is no address. Words of the type's own context do not count."""

    def __init__(self, context: Iterable[str]) -> None:
        own = {word for phrase in context for word in phrase.split()}
        self._words = frozenset(_ORDERED.split()) - own
        self._pattern = re.compile(
            rf"\b(?:{'|'.join(sorted(self._words))})(?:\W+(?:no|nr|num|number|id|code|is|was)\b){{0,2}}[\W_]*\Z"
            r"|[<>=~]=\s?\Z",
            re.IGNORECASE,
        )

    def ends(self, before: str) -> bool:
        """Whether the text before a value ends so; most has none of the words, which is quick to see."""
        if (
            "=" not in before
            and "_" not in before
            and self._words.isdisjoint(_WORD.findall(before.casefold()))
        ):
            return False
        return self._pattern.search(before) is not None


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
    bounded = pattern.regex
    for endless, short in _ENDLESS.items():
        bounded = bounded.replace(endless, short)
    copy: Any = Pattern(pattern.name, bounded, pattern.score)
    copy.compiled_regex = _Bounded(regex.compile(bounded, flags=flags), timeout_s)
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
