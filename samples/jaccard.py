"""Exact Jaccard similarity of word 5-grams, as the interface defines near duplicates.

NFC, case-folded, punctuation folded to nothing but a word boundary; a text shorter than five words is one
n-gram. Written apart from the product on purpose: the answer key must not share its mistakes.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Shingles = frozenset[tuple[str, ...]]

SIZE = 5
_WORD = re.compile(r"\w+")


def shingles(text: str) -> Shingles:
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    size = min(SIZE, len(words))
    return (
        frozenset(tuple(words[i : i + size]) for i in range(len(words) - size + 1)) if words else frozenset()
    )


def jaccard(a: Shingles, b: Shingles) -> float:
    shared = len(a & b)
    union = len(a) + len(b) - shared
    return shared / union if union else 0.0


class Index(Generic[Key]):
    """An inverted index: every text that shares an n-gram with a new one is found, none is guessed."""

    def __init__(self) -> None:
        self._sets: dict[Key, Shingles] = {}
        self._holders: defaultdict[tuple[str, ...], list[Key]] = defaultdict(list)

    def add(self, key: Key, text: str) -> None:
        self._sets[key] = grams = shingles(text)
        for gram in grams:
            self._holders[gram].append(key)

    def similar(self, text: str, floor: float) -> dict[Key, float]:
        """Every indexed text with similarity `floor` or more to `text`."""
        grams = shingles(text)
        shared = Counter(key for gram in grams for key in self._holders.get(gram, ()))
        scores = {key: count / (len(grams) + len(self._sets[key]) - count) for key, count in shared.items()}
        return {key: score for key, score in scores.items() if score >= floor}


def pairs(texts: Mapping[Key, str] | Iterable[tuple[Key, str]], floor: float) -> list[tuple[Key, Key, float]]:
    """All pairs with similarity `floor` or more, the earlier text first."""
    index: Index[Key] = Index()
    found: list[tuple[Key, Key, float]] = []
    for key, text in texts.items() if isinstance(texts, Mapping) else texts:
        found += [(other, key, score) for other, score in index.similar(text, floor).items()]
        index.add(key, text)
    return found
