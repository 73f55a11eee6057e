"""Suspects: of the training rows that changed, those that may have made the examples worse, by cheap signals.

A signal is a function from a Question to a number for each candidate, the higher the more suspect, NaN where
it has nothing to say; SIGNALS names them. Each stands in a column of its own. By each, a row has a share of
the rows that the signal speaks of: those below it, and half of those level with it. `rank` is the mean of its
shares, near 1 the most suspect. Signals point; only a retraining proves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schemas.example import Example
from train.auditing.changes import Changes, spoken
from train.reporting.measured import Measured

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """`candidates`: ids of the changed training rows. `worse`: examples that got worse, `rises` how far the
    nll of each rose, in nats, above 0. `known_a`: what A measured."""

    candidates: tuple[str, ...]
    changes: Changes
    worse: tuple[Example, ...]
    rises: Floats
    known_a: Measured


Signal = Callable[[Question], Floats]


def nearness(question: Question) -> Floats:
    """TF-IDF cosine of a row to the examples that got worse, the mean over them by how far each rose. Of an
    edited row, the nearer of its two texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = np.maximum(question.rises, 0.0)
    changes = question.changes
    sides = [[of.get(name) for name in question.candidates] for of in (changes.before, changes.after)]
    texts = [_text(one) for one in (*sides[0], *sides[1], *question.worse)]
    try:
        matrix = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    except ValueError:  # not a word in any
        return np.full(len(question.candidates), np.nan)
    n = len(question.candidates)
    pull = np.asarray(matrix[2 * n :].T @ (weights / weights.sum())).ravel()
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


SIGNALS: Mapping[str, Signal] = {"nearness": nearness, "surprise": surprise}


def suspects(question: Question, signals: Mapping[str, Signal] = SIGNALS) -> "pd.DataFrame":
    """The candidates, most suspect first: their columns of `changes`, `rank`, and a column a signal. Empty
    where nothing got worse."""
    import pandas as pd

    table = question.changes.table.set_index("example_id")
    if not len(question.worse):
        question = Question((), question.changes, (), question.rises, question.known_a)
    values = {
        name: signal(question) if question.candidates else np.empty(0) for name, signal in signals.items()
    }
    found = table.loc[list(question.candidates)].drop(columns="touches_train").reset_index()
    found = found.assign(rank=_combined(list(values.values())), **values)
    ordered = found.sort_values(["rank", "example_id"], ascending=[False, True], kind="stable")
    first = ["example_id", "rank", *signals]
    return pd.DataFrame(ordered[[*first, *(c for c in ordered.columns if c not in first)]]).reset_index(
        drop=True
    )


def _combined(values: Sequence[Floats]) -> Floats:
    """The mean of each row's shares; 0 for a row of which no signal says anything."""
    import pandas as pd

    ranks = pd.DataFrame({at: pd.Series(one).rank() for at, one in enumerate(values)})
    shares = (ranks - 0.5) / ranks.count()
    found: Floats = shares.mean(axis=1).fillna(0.0).to_numpy(np.float64)
    return found


def _text(example: Example | None) -> str:
    return f"{example.prompt}\n{example.answer}" if example else ""
