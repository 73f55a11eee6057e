"""Grades held against the recipe's thresholds."""

from dataclasses import dataclass
from enum import IntEnum

from curate.judge.grades import Grades
from curate.judge.rubric import Rubric
from schemas.errors import RecipeError
from schemas.recipe import Judge

OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Failure:
    """A criterion, or `overall`, below its threshold."""

    criterion: str
    score: float
    threshold: float


class Rank(IntEnum):
    """A verdict in three steps, in which reviewers speak too: drop, edit, keep. The judge's middle one is an
    example that passes and has a criterion below the threshold all the same."""

    LOW = 0
    MIDDLE = 1
    GOOD = 2


def failures(grades: Grades, settings: Judge) -> list[Failure]:
    """What is below its threshold: the mean of all first, then single criteria that have one of their own."""
    found = [Failure(OVERALL, grades.overall, settings.threshold)]
    found += [Failure(name, grades.scores[name], least) for name, least in settings.criteria.items()]
    return [failure for failure in found if failure.score < failure.threshold]


def rank(grades: Grades, settings: Judge) -> Rank:
    if failures(grades, settings):
        return Rank.LOW
    return Rank.MIDDLE if min(grades.scores.values()) < settings.threshold else Rank.GOOD


def check(settings: Judge, rubric: Rubric) -> None:
    """Raises RecipeError for a threshold of a criterion that the rubric does not have."""
    for name in settings.criteria:
        if name not in rubric.criteria:
            raise RecipeError(
                f"judge.criteria: the rubric has no criterion {name!r}",
                f"it has {', '.join(rubric.criteria)}",
            )
