"""Signals that need no model: words shared, answers contradicted, and what A measured anyway."""

import re

import numpy as np

from schemas.arrays import Floats
from schemas.example import Example
from train.auditing.changes import spoken
from train.auditing.signals.question import Question

ALIKE = 0.5  # cosine of two prompts from which on they ask nearly the same
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def nearness(question: Question) -> Floats:
    """TF-IDF cosine of a row to the examples that got worse, the mean over them by how far each rose. Of an
    edited row, the nearer of its two texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    changes = question.changes
    sides = [[of.get(name) for name in question.candidates] for of in (changes.before, changes.after)]
    texts = [_text(one) for one in (*sides[0], *sides[1], *question.worse)]
    try:
        matrix = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    except ValueError:  # not a word in any
        return np.full(len(question.candidates), np.nan)
    n = len(question.candidates)
    pull = np.asarray(matrix[2 * n :].T @ question.weights).ravel()
    near = np.asarray(matrix[: 2 * n] @ pull).reshape(2, n)
    found: Floats = near.max(axis=0)
    return found


def surprise(question: Question) -> Floats:
    """Edit surprise: A's loss of the row as B was trained on it, nats per token, where A measured that very
    text: rows that were moved into train."""
    losses = question.known_a.rows.set_index("example_id")["loss"]
    before, after = question.changes.before, question.changes.after
    return np.array(
        [
            losses.get(name, np.nan)
            if name in before and name in after and spoken(before[name]) == spoken(after[name])
            else np.nan
            for name in question.candidates
        ],
        dtype=np.float64,
    )


def contradiction(question: Question) -> Floats:
    """How far the answer that B was trained on contradicts the right answers of the examples that got worse:
    the mean over those with a prompt nearly alike (TF-IDF cosine of at least ALIKE, word pairs too) of that
    cosine times how far the answers diverge, by how far each rose; 0 where no prompt is, NaN for rows that
    B was not trained on."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    trained = question.trained("after")
    rows = [one for one in trained if one is not None]
    found = np.full(len(trained), np.nan)
    if not rows:
        return found
    prompts = [one.prompt for one in (*rows, *question.worse)]
    try:
        matrix = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(prompts)
    except ValueError:  # not a word in any
        return found
    alike = np.asarray((matrix[: len(rows)] @ matrix[len(rows) :].T).todense())
    answers = [_said(one.answer) for one in question.worse]
    values = np.zeros(len(rows))
    for at, row in enumerate(rows):
        (near,) = np.nonzero(alike[at] >= ALIKE)
        if len(near):
            own = _said(row.answer)
            apart = np.array([_diverging(own, answers[i]) for i in near])
            weights = alike[at, near] * question.weights[near]
            values[at] = float(weights @ apart / weights.sum() * alike[at, near].max())
    found[[i for i, one in enumerate(trained) if one is not None]] = values
    return found


_Said = tuple[frozenset[str], frozenset[str]]


def _said(text: str) -> _Said:
    """Its words, and its numbers."""
    return frozenset(re.findall(r"\w+", text.casefold())), frozenset(_NUMBER.findall(text))


def _diverging(one: _Said, other: _Said) -> float:
    """1 where each has a number that the other lacks; else the share of their words that one alone has."""
    if one[1] - other[1] and other[1] - one[1]:
        return 1.0
    both = one[0] | other[0]
    return 1 - len(one[0] & other[0]) / len(both) if both else 0.0


def _text(example: Example | None) -> str:
    return f"{example.prompt}\n{example.answer}" if example else ""
