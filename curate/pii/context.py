"""Words before a value: those of its type's context, which make a weak finding one, and those of something
else that is numbered, which rule it out.

A context word among the five words before raises the score as Presidio's own enhancer does: by 0.35, to 0.4
at least. That enhancer needs an NLP engine's lemmas; this one takes the words as they stand.
"""

import re
from collections.abc import Iterable
from functools import cached_property

from curate.pii.look import ShapeGate, either
from curate.pii.look import words as words_gate

WORDS = 5
GAIN = 0.35
LEAST = 0.4
_CHARACTERS = 100  # in which these words stand

_EVERYDAY = frozenset({"us", "united", "states", "canada", "travel", "document", "check", "save", "pi"})
"""Presidio's words of context that stand beside any number."""

_ORDERED = """
order invoice receipt tracking parcel shipment ref reference ticket case sku item article product model part
serial batch booking version release firmware build section chapter bug bugs issue issues closes fixes pull
"""

_LONG = 5  # letters from which a word of context may go on: `Steuernummern`, `taxpayers`
_SPACELESS = re.compile(r"[\u0E00-\u0E7F\u1100-\u11FF\u3040-\u30FF\u3400-\u9FFF\uAC00-\uD7AF]")
_WORD = re.compile(r"\w+")
_INSIDE = re.compile(r"\w\w")


class Context:
    """`phrases` are a type's own; of more words than one they stand together."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.all = {" ".join(_WORD.findall(phrase.casefold())) for phrase in phrases} - {""}
        self._telling = sorted(self.all - _EVERYDAY)
        self._pattern = _any_of(self._telling)

    @cached_property
    def gate(self) -> ShapeGate:
        """Lets pass every text in which `stands_before` says yes of some place."""
        gates = []
        for word in self._telling:
            if _SPACELESS.search(word):
                gates.append(words_gate([word]))
            else:
                whole = len(word) < _LONG and " " not in word
                gates.append(words_gate([word], r"(?<!\w)", r"(?![^\W0])" if whole else ""))
        return either(gates)

    def stands_before(self, text: str, start: int) -> bool:
        if self._pattern is None:
            return False
        left = max(0, start - _CHARACTERS)
        before = _WORD.findall(text[left:start].casefold())
        cut = left > 0 and len(before) <= WORDS and _INSIDE.match(text, left - 1) is not None
        return self._pattern.search(" ".join(before[1 if cut else -WORDS :])) is not None


def raised(score: float) -> float:
    """The score of a finding with a word of context before it."""
    return score if score >= 1.0 else min(1.0, max(score + GAIN, LEAST))


class Numbered:
    """What a number of something ordered follows: a nine-digit order number is no person's, a version of four
    parts is no address. Words of the type's own context do not count."""

    def __init__(self, context: Context) -> None:
        own = {word for phrase in context.all for word in phrase.split()}
        self._words = frozenset(_ORDERED.split()) - own
        self._pattern = re.compile(
            rf"\b(?:{'|'.join(sorted(self._words))})(?:\W+(?:no|nr|num|number|id|code|is|was)\b){{0,2}}[\W_]*\Z"
            r"|\bversion\W+(?:updated|bumped|raised|changed)\W+to\W*\Z|[<>=~]=\s?\Z",
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


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Whole words, longer ones with what may follow them; anywhere in scripts without spaces."""
    parts = [
        re.escape(word)
        if _SPACELESS.search(word)
        else rf"\b{re.escape(word)}" + ("" if len(word) >= _LONG else r"\b")
        for word in words
    ]
    return re.compile("|".join(parts)) if parts else None
