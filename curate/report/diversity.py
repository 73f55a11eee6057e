"""Diversity, on a sample of each split: distinct words and word pairs, languages.

distinct-n is the share of different n-grams among all (Li et al. 2016). It falls as text grows, so each split
is measured over the same number of words. The sample is the rows with the lowest ids: ids are hashes, so it
does not depend on order, and the same rows make the same sample.
"""

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from curate.quality.text import prose, words
from schemas.example import Example

SAMPLE = 500  # rows of a split
DISTINCT_WORDS = 20_000
_TEXT = 4_000  # characters of an answer


class Sample:
    """The answers of the SAMPLE rows of lowest id."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str]] = []

    def add(self, row: Example) -> None:
        number = -int(row.example_id[:15] or "0", 16)  # negative: the heap's first is the highest id
        if len(self._heap) < SAMPLE:
            heapq.heappush(self._heap, (number, row.answer[:_TEXT]))
        elif number > self._heap[0][0]:
            heapq.heapreplace(self._heap, (number, row.answer[:_TEXT]))

    def answers(self) -> list[str]:
        """By id."""
        return [text for _, text in sorted(self._heap, reverse=True)]


@dataclass(frozen=True, slots=True)
class Distinct:
    """Shares of different words and word pairs among the first `words` words of a sample."""

    words: int
    one: float
    two: float


def distinct(answers: Iterable[str]) -> Distinct:
    total = 0
    ones: set[str] = set()
    twos: set[tuple[str, str]] = set()
    pairs = 0
    for answer in answers:
        tokens = words(answer)[: DISTINCT_WORDS - total]
        total += len(tokens)
        ones.update(tokens)
        twos.update(pairwise(tokens))
        pairs += max(0, len(tokens) - 1)
        if total >= DISTINCT_WORDS:
            break
    return Distinct(total, len(ones) / (total or 1), len(twos) / (pairs or 1))


def languages(answers: Iterable[str]) -> Counter[str]:
    """Answers by language."""
    return Counter(map(language, answers))


def language(answer: str) -> str:
    """The language of an answer (ISO 639-1); `short or unsure` where the identifier cannot tell."""
    from curate.quality.language import LEAST_LETTERS, SURE, identifier

    text = prose(answer)
    code, probability = "", 0.0
    if sum(map(str.isalpha, text)) >= LEAST_LETTERS:
        code, probability = identifier(()).classify(text)
    return str(code) if probability >= SURE else "short or unsure"
