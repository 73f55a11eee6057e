"""What makes two near-equal rows duplicates, and what makes them a contradiction or one answer twice.

A side is a row's prompt, or its answer with the calls of tools that it makes. Two sides diverge, for the
first of these that holds:

- `operators`: the same operands stand with another operator between them ("3 + 4", "3 - 4").
- `calls`: other tools are called, or with other arguments than in numbers.
- `numbers`: each has a number that the other lacks ("30 days", "60 days"), or calls have other numbers. A
  number more in one text only is an addition, and numbers that count the lines of a list are none.
- `negation`: one denies what the other says ("cannot return it", "can return it"), or one begins with yes and
  the other with no.
- `wording`: fewer than half of the words of either are in both. A text that goes on where the other one
  stops does not diverge from it.

A difference between the answers is explained only by a difference of the same kind between the prompts: two
orders with a number each are one template and so duplicates; other numbers for one question are a
contradiction. Prompts with other operators are different questions, whatever is answered. What tools answer
is a part of the question (`results` where more than numbers differs), unless another call for the same
question led to it. Other calls contradict each other only there: one other word may ask for another call.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from curate.duplicates.operations import Operations, operations, opposed
from curate.duplicates.tools import Tools, differ_in_numbers
from curate.similarity.shingles import jaccard
from curate.similarity.words import words

Divergence = Literal["operators", "calls", "results", "numbers", "negation", "wording"]
Relation = Literal["duplicate", "contradiction", "same_answer", "unrelated"]

LEAST_ALIKE = 0.5  # unigram Jaccard below which two sides have different wording
_APART = ("operators", "results")  # prompts that differ in these are different questions
ANSWER_WORDS = 5  # a shorter answer that two questions share ("Yes.") says nothing about them

_LIST_MARK = re.compile(r"^[ \t]*\(?\d{1,3}[.)][ \t]", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_JOINED = re.compile(r"(?<!\d)\d++(?:[-/]\d++)+")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_NOT = " \x00 "
_STEMS = "ca|wo|sha|do|does|did|is|are|was|were|has|have|had|would|could|should|must|need"
_NEGATION = re.compile(
    rf"\b(?:(?:{_STEMS})n['’]?t"
    r"|cannot|not|never|no|nicht|kein\w*|pas|jamais|nunca|não|niet|geen|non|не|нет)\b"
    r"|[不没沒未無无]|ません|ない"
)
_HINTS = frozenset(
    {"not", "no", "never", "cannot", "t", "nicht", "pas", "jamais", "nunca", "niet", "geen", "non"}
    | {f"{stem}nt" for stem in _STEMS.split("|")}
)  # where an ASCII text has a negation that is a word, it has one of these words
_YES_NO = {"yes": True, "yep": True, "sure": True, "no": False, "nope": False}


class Side:
    """A prompt or an answer, with what is compared of it. Each part is worked out when first asked for."""

    def __init__(self, text: str, calls: Tools = ()) -> None:
        self.text = text
        self.calls = calls

    @cached_property
    def words(self) -> list[str]:
        return words(self.text)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def operations(self) -> Operations:
        return operations(self.text)

    @cached_property
    def numbers(self) -> frozenset[str]:
        found = _NUMBER.findall(self.text)
        if found and len(_LIST_MARK.findall(self.text)) > 1:
            found = _NUMBER.findall(_LIST_MARK.sub("", self.text))
        return frozenset(_THOUSANDS.sub("", number) if "," in number else number for number in found)

    @cached_property
    def joined(self) -> frozenset[str]:
        """Numbers with `-` or `/` between them, all with `/`."""
        return frozenset(numbers.replace("-", "/") for numbers in _JOINED.findall(self.text))

    @cached_property
    def _marked(self) -> str:
        """The folded text with a mark in the place of every negation."""
        return _NEGATION.sub(_NOT, self.text.casefold().replace("without", f"{_NOT}with"))

    @cached_property
    def negates(self) -> bool:
        return self._may_negate and _NOT in self._marked

    @cached_property
    def _may_negate(self) -> bool:
        """A quick look that answers for most English texts."""
        if not self.text.isascii() or not self.vocabulary.isdisjoint(_HINTS):
            return True
        folded = self.text.casefold()
        return any(part in folded for part in ("without", "kein", "\x00"))

    @cached_property
    def said(self) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
        """Word pairs that follow a negation, and word pairs that do not."""
        tokens: list[str] = []
        for at, part in enumerate(self._marked.split(_NOT)):
            tokens += ["\x00"] * bool(at) + words(part)
        denied: set[tuple[str, str]] = set()
        claimed: set[tuple[str, str]] = set()
        for at in range(len(tokens) - 1):
            pair = tokens[at], tokens[at + 1]
            if "\x00" not in pair:
                (denied if at and tokens[at - 1] == "\x00" else claimed).add(pair)
        return frozenset(denied), frozenset(claimed)

    @cached_property
    def verdict(self) -> bool | None:
        """Whether the text begins with yes or with no."""
        return _YES_NO.get(self.words[0]) if self.words else None


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a row, and what tools answered."""

    prompt: Side
    answer: Side
    results: Tools = ()

    @property
    def tools(self) -> tuple[Tools, Tools]:
        return self.answer.calls, self.results


def divergence(a: Side, b: Side) -> Divergence | None:
    """Why two sides do not say the same, or None."""
    if a.text == b.text and a.calls == b.calls:
        return None
    if opposed(a.operations, b.operations):
        return "operators"
    if a.calls != b.calls:
        return "numbers" if differ_in_numbers(a.calls, b.calls) else "calls"
    if _lacks_number(a, b) and _lacks_number(b, a):
        return "numbers"
    if _denies(a, b) or _denies(b, a) or (a.verdict is not None and b.verdict is (not a.verdict)):
        return "negation"
    if not a.words and not b.words:
        return None if a.text.strip() == b.text.strip() else "wording"
    if jaccard(a.vocabulary, b.vocabulary) < LEAST_ALIKE and not _goes_on(a, b):
        return "wording"
    return None


def of_different_things(a: Sides, b: Sides) -> bool:
    """Whether each row has a word in prompt and answer that the other has in neither: glove here, fleece
    there. Where tools are called otherwise a word in the prompt is enough, for a call names things in its own
    way; where they answer otherwise nothing else is needed."""
    asked = a.prompt.vocabulary - b.prompt.vocabulary, b.prompt.vocabulary - a.prompt.vocabulary
    if a.answer.calls != b.answer.calls:
        return all(asked) or divergence(a.prompt, b.prompt) is not None
    if a.results != b.results and a.answer.text != b.answer.text:
        return True
    said = a.answer.vocabulary - b.answer.vocabulary, b.answer.vocabulary - a.answer.vocabulary
    return bool(asked[0] & said[0] and asked[1] & said[1])


def relation(a: Sides, b: Sides) -> tuple[Relation, Divergence | None, Divergence | None]:
    """What two rows near to each other are, with how their prompts and their answers diverge."""
    prompt, answer = _asked(a, b), divergence(a.answer, b.answer)
    return _relation(a, b, prompt, answer), prompt, answer


def _asked(a: Sides, b: Sides) -> Divergence | None:
    """How the prompts diverge with what tools answered to it."""
    prompt = divergence(a.prompt, b.prompt)
    if a.results == b.results or (prompt is None and a.answer.calls != b.answer.calls):
        return prompt
    return (prompt or "numbers") if differ_in_numbers(a.results, b.results) else "results"


def _relation(a: Sides, b: Sides, prompt: Divergence | None, answer: Divergence | None) -> Relation:
    if prompt == answer and prompt not in _APART:
        return "duplicate"
    if answer is None:
        long_enough = min(len(a.answer.words), len(b.answer.words)) >= ANSWER_WORDS
        return "same_answer" if long_enough else "unrelated"
    if prompt in _APART or (a.tools != b.tools and of_different_things(a, b)):
        return "unrelated"
    return "contradiction"


def _lacks_number(a: Side, b: Side) -> bool:
    """Whether `b` has a number that `a` lacks. One may have dates and the like with `-`, the other with
    `/`."""
    lacking = b.numbers - a.numbers
    if not lacking:
        return False
    both = a.joined & b.joined
    return bool(lacking.difference(both, *(number.split("/") for number in both)))


def _denies(a: Side, b: Side) -> bool:
    """Whether `a` denies a pair of words that `b` only claims."""
    if not a.negates:
        return False
    denied, claimed = a.said[0], b.said[1]
    return bool((denied & claimed) - b.said[0] - a.said[1])


def _goes_on(a: Side, b: Side) -> bool:
    shorter, longer = sorted((a.words, b.words), key=len)
    return bool(shorter) and longer[: len(shorter)] == shorter
