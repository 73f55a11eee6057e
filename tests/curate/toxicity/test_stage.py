"""The toxicity stage, over a scorer that reads the scores out of the text."""

import pickle
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.stages.toxicity import Toxicity
from curate.toxicity.scorer import make_scorer
from curate.toxicity.thresholds import threshold
from curate.toxicity.wordlist import WordlistScorer, listed_words
from schemas.errors import RecipeError
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Toxicity as Settings
from schemas.stage import Outcome


def spoken(texts: Sequence[str]) -> list[dict[str, float]]:
    """`insult=0.9 threat=0.2` scores as it says."""
    return [{label: float(score) for label, score in re.findall(r"(\w+)=([\d.]+)", text)} for text in texts]


def example(*contents: str, protected: bool = False) -> Example:
    messages = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(contents))
    return Example(hash_messages(messages), messages, "raw.jsonl", 1, protected=protected)


def run(*rows: Example, action: str = "drop", threshold: float = 0.8) -> Outcome:
    settings = Settings.model_validate({"action": action, "threshold": threshold})
    return Toxicity(settings, spoken)(rows)


def test_the_worst_message_and_label_are_named() -> None:
    outcome = run(example("insult=0.85 threat=0.3", "insult=0.2", "threat=0.95 insult=0.9"))
    assert outcome.rows == []
    (event,) = outcome.events
    assert (event.action, event.reason, event.score, event.threshold) == (
        "dropped",
        "toxicity:threat",
        0.95,
        0.8,
    )
    assert event.detail == {"message": 2, "role": "user", "threshold_of": "threshold"}


def test_the_first_of_equal_messages_is_named() -> None:
    (event,) = run(example("hello", "insult=0.9", "x", "insult=0.9")).events
    assert event.detail == {"message": 1, "role": "assistant", "threshold_of": "threshold"}


def test_a_backend_that_goes_by_words_names_them() -> None:
    stage = Toxicity(Settings(backend="wordlist"), WordlistScorer(), listed_words)
    (event,) = stage([example("What a shit, a sh1t and f*cking mess", "Sorry.")]).events
    assert event.detail["words"] == ["shit", "sh1t", "f*cking"]
    assert event.detail["message"] == 0


@pytest.mark.parametrize(("score", "kept"), [(0.79, 1), (0.8, 0), (1.0, 0)])
def test_the_threshold_itself_is_over(score: float, kept: int) -> None:
    assert len(run(example(f"insult={score}")).rows) == kept


def test_flagged_rows_stay_and_protected_rows_stay() -> None:
    row = example("insult=0.9")
    for outcome, action in (
        (run(row, action="flag"), "flagged"),
        (run(example("insult=0.9", protected=True)), "kept_by_review"),
    ):
        assert [r.flags for r in outcome.rows] == [("toxicity:insult",)]
        assert [(e.action, e.reason) for e in outcome.events] == [(action, "toxicity:insult")]


@pytest.mark.parametrize(
    ("role", "label", "expected"),
    [
        ("user", "insult", (0.9, "roles.user")),
        ("user", "threat", (0.5, "labels.threat")),
        ("assistant", "insult", (0.6, "roles.assistant")),
        ("assistant", "threat", (0.95, "roles.assistant.labels.threat")),
        ("tool", "threat", (0.5, "labels.threat")),
        ("tool", "insult", (0.8, "threshold")),
        ("system", "obscene", (0.1, "roles.system.labels.obscene")),
        ("system", "insult", (0.8, "threshold")),
    ],
)
def test_each_label_and_role_has_its_threshold(role: str, label: str, expected: tuple[float, str]) -> None:
    settings = Settings.model_validate(
        {
            "labels": {"threat": 0.5},
            "roles": {
                "user": 0.9,
                "assistant": {"threshold": 0.6, "labels": {"threat": 0.95}},
                "system": {"labels": {"obscene": 0.1}},
            },
        }
    )
    assert threshold(settings, role, label) == expected


def test_the_event_says_which_threshold_applied() -> None:
    settings = Settings.model_validate({"labels": {"threat": 0.5}, "roles": {"user": 0.95}})
    outcome = Toxicity(settings, spoken)([example("insult=0.9", "insult=0.7"), example("threat=0.6", "hi")])
    assert [row.messages[0].content for row in outcome.rows] == ["insult=0.9"]
    (event,) = outcome.events
    assert (event.reason, event.threshold, event.detail["threshold_of"]) == (
        "toxicity:threat",
        0.5,
        "labels.threat",
    )


def test_a_role_that_is_none_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="asistant is no role; did you mean assistant"):
        Settings.model_validate({"roles": {"asistant": 0.5}})


def test_a_label_that_the_model_lacks_names_the_nearest(tmp_path: Path) -> None:
    for changes, nearest in (
        ({"labels": {"toxic": 0.5}}, "toxicity"),
        ({"roles": {"user": {"labels": {"thread": 0.5}}}}, "threat"),
        ({"model": "unbiased", "labels": {"sexual": 0.5}}, "sexual_explicit"),
    ):
        with pytest.raises(RecipeError, match="has no label") as error:
            make_scorer(Settings.model_validate(changes), tmp_path, tmp_path)
        assert error.value.mend == f"did you mean {nearest}?"


def test_blank_messages_are_not_scored() -> None:
    assert run(example("", "  ")) == Outcome([example("", "  ")], [])


TEXTS = st.sampled_from(["hi", "insult=0.9", "threat=0.5", "insult=0.81 threat=0.99", ""])
ROWS = st.lists(
    st.builds(
        lambda texts, protected: example(*texts, protected=protected),
        st.lists(TEXTS, min_size=1, max_size=3),
        st.booleans(),
    )
)


@given(ROWS, st.integers(1, 4))
def test_batches_and_pickling_change_nothing_and_the_arithmetic_closes(
    rows: list[Example], size: int
) -> None:
    stage = Toxicity(Settings(), spoken)
    whole = stage(rows)
    again: Toxicity = pickle.loads(pickle.dumps(stage))
    parts = [again(rows[i : i + size]) for i in range(0, len(rows), size)]
    assert [r for p in parts for r in p.rows] == whole.rows
    assert [e for p in parts for e in p.events] == whole.events
    assert len(rows) == len(whole.rows) + sum(e.action == "dropped" for e in whole.events)
