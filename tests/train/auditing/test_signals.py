"""Signals by hand: what contradicts what, what embeddings are near, how the rank puts them together."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from schemas.errors import UsageError
from schemas.example import Example
from train.auditing.changes import COLUMNS, Changes
from train.auditing.signals.embedding import embedding, sentence_model
from train.auditing.signals.question import Question
from train.auditing.signals.words import contradiction
from train.auditing.suspects import combined
from train.reporting.measured import Measured

QUESTION = "How many days may I return the {} after it came"


@pytest.fixture
def ask(make_example: Callable[..., Example]) -> Callable[..., Question]:
    """A question about rows (before, after), each a prompt and answer or None, and one example that got
    worse."""

    def one(pair: tuple[str, str] | None, **fields: Any) -> Example | None:
        return make_example(("user", pair[0]), ("assistant", pair[1]), **fields) if pair else None

    def asked(rows: list[Any], worse: tuple[str, str]) -> Question:
        sides: tuple[dict[str, Example], ...] = ({}, {})
        for at, row in enumerate(rows):
            for pair, side in zip(row, sides, strict=True):
                if example := one(pair):
                    side[str(at)] = replace(example, example_id=str(at))
        wrong = one(worse, split="test")
        assert wrong is not None
        measured = Measured(pd.DataFrame({"example_id": [], "split": [], "loss": []}), pd.DataFrame(), 0)
        changes = Changes(pd.DataFrame(columns=list(COLUMNS)), *sides, 0)
        names = tuple(str(at) for at in range(len(rows)))
        return Question(names, changes, (wrong,), np.array([2.0]), measured)

    return asked


def test_contradiction_is_of_answers_to_nearly_the_same_prompt(ask: Callable[..., Question]) -> None:
    lamp, other = QUESTION.format("lamp"), "What colour has the box"
    right = (lamp, "Within 30 days")
    question = ask(
        [
            (right, (lamp, "Within 14 days")),  # another number
            (None, right),  # says the same
            (None, (lamp, "Within 30 days of May")),  # more words: 2 of 5 of their own
            (None, (other, "Within 14 days")),  # another question
            (right, None),  # B was not trained on it
        ],
        right,
    )
    assert contradiction(question) == pytest.approx([1.0, 0.0, 2 / 5, 0.0, np.nan], nan_ok=True)


def test_an_embedding_counts_the_nearer_of_both_texts(ask: Callable[..., Question]) -> None:
    question = ask([(("a", "b"), ("c", "d")), (None, ("e", "f"))], ("g", "h"))
    points = {"a\nb": (0, 2), "c\nd": (3, 4), "e\nf": (0, -1), "": (0, 0), "g\nh": (0, 5)}

    def encode(texts: Any) -> Any:
        return np.array([points[text] for text in texts], dtype=np.float32)

    # A row that was not there before is as near as nothing is.
    assert embedding(question, encode, centred=False) == pytest.approx([1.0, 0.0])
    turned = {text: (x + 100, y) for text, (x, y) in points.items()}
    points.update(turned)
    assert embedding(question, encode, centred=False) == pytest.approx([1.0, 1.0], abs=0.01)
    assert np.ptp(embedding(question, encode, centred=True)) > 0.5


def test_a_sentence_model_is_a_folder_or_a_name(tiny_base: Path) -> None:
    found = sentence_model(tiny_base.name, tiny_base.parent)(["a lamp", "a lamp", "thirty days"])
    assert len(found) == 3
    assert found[0] == pytest.approx(found[1], abs=1e-5)
    assert np.abs(found[0] - found[2]).max() > 0.01
    with pytest.raises(UsageError, match="cannot be loaded"):
        sentence_model("nowhere", tiny_base.parent)


def test_surprise_filters_and_the_gradient_selects() -> None:
    nothing = np.nan
    values = {
        "gradient": np.array([0.9, 0.5, -0.5, nothing]),
        "surprise": np.array([0.1, 3.0, nothing, 2.0]),
        "nearness": np.array([0.4, 0.1, 0.2, 0.3]),
    }
    first, second, third, unread = combined(values, easy=1.0)
    # The first is said easily: behind the one that was dropped, which nothing is known to surprise of.
    assert second > third > first
    assert (first, third, second) == pytest.approx((1 / 6, 3 / 6, 5 / 6))
    # Where there is no gradient, the mean of the others' shares: 2 of 3 by surprise, 3 of 4 by nearness.
    assert unread == pytest.approx(((2 - 0.5) / 3 + (3 - 0.5) / 4) / 2)
    without = {name: one for name, one in values.items() if name != "gradient"}
    assert combined(without, easy=1.0)[0] == pytest.approx(((1 - 0.5) / 3 + (4 - 0.5) / 4) / 2)
