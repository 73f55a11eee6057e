"""Slices: examples that share a source, a tag, a length, a topic, or words.

None is chosen by looking at losses, so that a test of each holds what it promises. What has fewer than
FEWEST_GROUPS groups of examples, or all of them, is no slice. A near-duplicate cluster is one group, hence
one witness: a `cluster` here is a topic, by k-means over the TF-IDF of prompts and answers.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from schemas.example import Example
from train.evaluation.resampling import FEWEST_GROUPS

By = Literal["split", "source", "tag", "length", "cluster", "words"]
Flags = NDArray[np.bool_]
MOST_NAMES = 50  # sources, or tags, the commonest first
MOST_RULES = 200  # of words, the commonest first
_LONGEST_RULE = 3  # words
_COMMONEST_RULE = 0.25  # of the examples: what stands in more says little of them
_BANDS = 5
_PER_TOPIC, _MOST_TOPICS = 40, 12
_TERMS = 3  # that name a topic
_SEED = 17


@dataclass(frozen=True, slots=True)
class Slice:
    """`member` (n,): which of the examples are in it."""

    by: By
    name: str
    member: Flags


def slices(examples: Sequence[Example], tokens: NDArray[np.int64], groups: Sequence[str]) -> list[Slice]:
    """All that can be tested. `tokens`: the trained tokens of each example. Those with the same examples are
    one, the first by kind. Rows whose texts may not be shown are in no slice of words."""
    texts = [f"{e.prompt}\n{e.answer}" if e.may_be_shown else "" for e in examples]
    found = [
        *_named("source", [[e.source] for e in examples]),
        *_named("tag", [list(e.tags) for e in examples]),
        *_lengths(tokens),
        *_topics(texts),
        *_rules(examples),
    ]
    names = np.asarray(groups, dtype=object)
    distinct: dict[bytes, Slice] = {}
    for one in found:
        if not one.member.all() and len(set(names[one.member])) >= FEWEST_GROUPS:
            distinct.setdefault(one.member.tobytes(), one)
    return list(distinct.values())


def _named(by: Literal["source", "tag"], values: list[list[str]]) -> Iterator[Slice]:
    counts = Counter(value for own in values for value in set(own))
    for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_NAMES]:
        yield Slice(by, value, np.array([value in own for own in values], dtype=bool))


def _lengths(tokens: NDArray[np.int64]) -> Iterator[Slice]:
    """Up to five ranges of about equally many examples, by trained tokens."""
    edges = np.unique(np.quantile(tokens, np.linspace(0, 1, _BANDS + 1), method="lower")).tolist()
    for low, high in pairwise(edges):
        last = high == edges[-1]
        top = high if last else high - 1
        yield Slice("length", f"{low:,} to {top:,} tokens", (tokens >= low) & (tokens <= top))


def _topics(texts: Sequence[str]) -> Iterator[Slice]:
    for name, member in topics(texts, min(_MOST_TOPICS, len(texts) // _PER_TOPIC)):
        yield Slice("cluster", name, member)


def topics(texts: Sequence[str], count: int) -> Iterator[tuple[str, Flags]]:
    """So many topics, each with the words that name it and the texts that are of it; none for fewer than two,
    or where no word is in two texts."""
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    if count < 2:
        return
    try:
        vectorizer = TfidfVectorizer(min_df=2, max_df=0.5, sublinear_tf=True)
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # no word is in two texts
        return
    model = KMeans(count, n_init=3, random_state=_SEED).fit(matrix)
    terms = vectorizer.get_feature_names_out()
    for topic in range(count):
        top = np.argsort(-model.cluster_centers_[topic], kind="stable")[:_TERMS]
        yield " · ".join(terms[top]), np.asarray(model.labels_ == topic)


def _rules(examples: Sequence[Example]) -> Iterator[Slice]:
    """Prompts with these words, answers with these words. Of those with the same examples, the longest."""
    prompts = [e.prompt if e.may_be_shown else "" for e in examples]
    answers = [e.answer if e.may_be_shown else "" for e in examples]
    found = [*_ngrams("prompt", prompts), *_ngrams("answer", answers)]
    found.sort(key=lambda one: (-int(one.member.sum()), -len(one.name), one.name))
    distinct: dict[bytes, Slice] = {}
    for one in found:
        distinct.setdefault(one.member.tobytes(), one)
    yield from list(distinct.values())[:MOST_RULES]


def _ngrams(where: str, texts: Sequence[str]) -> Iterator[Slice]:
    """Of up to three words, in FEWEST_GROUPS examples or more."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(
        ngram_range=(1, _LONGEST_RULE),
        min_df=FEWEST_GROUPS,
        max_df=_COMMONEST_RULE,
        binary=True,
        token_pattern=r"(?u)\b\w+\b",
    )
    try:
        matrix = vectorizer.fit_transform(texts).tocsc()
    except ValueError:  # no such words
        return
    for column, words in enumerate(vectorizer.get_feature_names_out()):
        member = np.zeros(len(texts), dtype=bool)
        member[matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]] = True
        yield Slice("words", f"{where} has “{words}”", member)
