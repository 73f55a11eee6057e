"""Shots of the few-shot base: for each question the training examples whose prompts are nearest to it.

Nearest by cosine similarity of the recipe's sentence model where it names one (`dedup.semantic`), else of
TF-IDF over words (Liu et al. 2022 chose shots so). The nearest stands last, right before the question. No
shot is of the question's own group: a reworded copy of it would give the answer away.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.reading import Encode
from schemas.errors import MissingPackage
from schemas.example import Example
from train.evaluation.items import Item
from train.evaluation.metrics.words import words

_AT_ONCE = 8_000_000  # similarities held at a time

Similar = Callable[[Sequence[str]], NDArray[np.float64]]
"""Texts to their similarities to every training prompt, (texts, examples)."""


class Shots:
    """The training examples that may be shown. `way` says how nearness is measured."""

    def __init__(self, train: Sequence[Example], encode: Encode | None) -> None:
        self._train = [e for e in train if any(m.role == "assistant" for m in e.messages)]
        self._groups = np.array([e.group_id or e.example_id for e in self._train], dtype=object)
        self.way = "sentence model" if encode else "TF-IDF"
        prompts = [e.prompt for e in self._train]
        self._similar = _by_meaning(prompts, encode) if encode else _by_words(prompts)

    def nearest(self, items: Sequence[Item], k: int) -> list[list[Example]]:
        """Up to `k` examples for each item, the nearest last; equals in the order of the split."""
        found: list[list[Example]] = []
        if not self._train:
            return [[] for _ in items]
        at_once = max(1, _AT_ONCE // len(self._train))
        for start in range(0, len(items), at_once):
            asked = items[start : start + at_once]
            similar = self._similar([_question(item) for item in asked])
            for item, row in zip(asked, similar, strict=True):
                row[self._groups == (item.example.group_id or item.example.example_id)] = -np.inf
                order = np.argsort(-row, kind="stable")[:k]
                found.append([self._train[i] for i in order[::-1] if np.isfinite(row[i])])
        return found


def _question(item: Item) -> str:
    return "\n".join(m.content for m in item.before if m.role == "user")


def _by_words(prompts: Sequence[str]) -> Similar:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        raise MissingPackage.of("scikit-learn", "eval", "the few-shot base") from None
    if not any(map(words, prompts)):
        return lambda texts: np.zeros((len(texts), len(prompts)))
    vectorizer = TfidfVectorizer(analyzer=words)
    known: Any = vectorizer.fit_transform(prompts)
    return lambda texts: np.asarray((vectorizer.transform(texts) @ known.T).todense(), dtype=np.float64)


def _by_meaning(prompts: Sequence[str], encode: Encode) -> Similar:
    known = _of_length_one(encode(prompts))
    return lambda texts: (_of_length_one(encode(texts)) @ known.T).astype(np.float64)


def _of_length_one(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
