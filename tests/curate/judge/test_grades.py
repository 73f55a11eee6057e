"""A verdict is exactly a verdict, or it is none; thresholds are held against it alone."""

import json

import pytest
from grader import CRITERIA, grades
from hypothesis import given
from hypothesis import strategies as st

from curate.judge import load_rubric
from curate.judge.grades import Grades, NoVerdict, grades_of
from curate.judge.verdict import Failure, Rank, check, failures, rank
from curate.llm import Answer, Unanswered
from schemas.errors import RecipeError
from schemas.recipe import Judge

RUBRIC = load_rubric(None)


def read(content: str, **more: str) -> Grades | NoVerdict:
    return grades_of(Answer(content, **more), RUBRIC)


def graded(*scores: int) -> Grades:
    return Grades(dict(zip(CRITERIA, scores, strict=True)), dict.fromkeys(CRITERIA, "seen"))


@given(st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_a_verdict_is_read_as_it_was_given(scores: list[int]) -> None:
    found = read(f" {grades(**dict(zip(CRITERIA, scores, strict=True)))}\n")
    assert isinstance(found, Grades)
    assert tuple(found.scores.values()) == tuple(scores)
    assert found.overall == sum(scores) / 4
    assert found.reasons["clarity"] == "clarity as seen"


@pytest.mark.parametrize(
    "content",
    [
        "5",
        "null",
        "[]",
        "The example is good: all 5.",
        f"Here you are: {grades()}",
        f"```json\n{grades()}\n```",
        grades(CRITERIA[:3]),
        grades((*CRITERIA, "verdict")),
        grades(clarity=6),
        grades(clarity=0),
        grades().replace('"score": 4', '"score": "4"', 1),
        grades().replace('"score": 4', '"score": 4.5', 1),
        grades().replace('"score": 4', '"score": true', 1),
        grades().replace('"reason": "question as seen", ', "", 1),
        grades().replace('"score": 4', '"score": 4, "action": "keep"', 1),
        grades()[:-5],
    ],
)
def test_anything_else_is_no_verdict(content: str) -> None:
    found = read(content)
    assert isinstance(found, NoVerdict)
    assert found.reason == "schema"


def test_replies_that_hold_no_answer() -> None:
    assert read("", refusal="I won't") == NoVerdict("refusal", "it was a refusal")
    assert read(" ").reason == "empty"  # type: ignore[union-attr]
    assert read(grades()[:40], finish_reason="length").reason == "truncated"  # type: ignore[union-attr]
    assert grades_of(Unanswered("budget"), RUBRIC) == NoVerdict("budget", "")


def test_reasons_are_one_short_line() -> None:
    long = json.loads(grades())
    long["clarity"]["reason"] = "word\n" * 500
    found = read(json.dumps(long))
    assert isinstance(found, Grades)
    assert "\n" not in found.reasons["clarity"]
    assert len(found.reasons["clarity"]) == 400


def test_thresholds() -> None:
    settings = Judge(threshold=3, criteria={"correctness": 4})
    assert failures(graded(3, 4, 3, 2), settings) == []
    assert failures(graded(2, 4, 3, 2), settings) == [Failure("overall", 2.75, 3)]
    assert failures(graded(5, 3, 5, 5), settings) == [Failure("correctness", 3, 4)]
    assert [f.criterion for f in failures(graded(1, 1, 1, 1), settings)] == ["overall", "correctness"]


def test_three_ranks() -> None:
    settings = Judge(threshold=3)
    assert rank(graded(5, 5, 5, 5), settings) is Rank.GOOD
    assert rank(graded(5, 5, 5, 2), settings) is Rank.MIDDLE
    assert rank(graded(2, 2, 2, 5), settings) is Rank.LOW


def test_a_threshold_of_a_criterion_that_the_rubric_has_not() -> None:
    with pytest.raises(RecipeError, match="no criterion 'truth'"):
        check(Judge(criteria={"truth": 3}), RUBRIC)
