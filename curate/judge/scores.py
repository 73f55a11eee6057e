"""The scores of many rows: how they are distributed, and who has none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from curate.judge.grades import BEST, WORST, Grades, NoVerdict
from curate.judge.verdict import failures
from schemas.example import Example
from schemas.recipe import Judge


@dataclass(frozen=True, slots=True)
class Scores:
    """Rows with what the judge says of each. `unasked` is their number without any answer yet."""

    model: str
    rubric: str
    settings: Judge
    rows: Sequence[Example]
    found: Sequence[Grades | NoVerdict]

    @property
    def graded(self) -> list[Grades]:
        return [grades for grades in self.found if isinstance(grades, Grades)]

    @property
    def low(self) -> int:
        """Rows below a threshold."""
        return sum(bool(failures(grades, self.settings)) for grades in self.graded)

    @property
    def without(self) -> Counter[str]:
        """Rows without a verdict, by why."""
        return Counter(none.reason for none in self.found if isinstance(none, NoVerdict))

    def by_criterion(self) -> dict[str, tuple[float, list[int]]]:
        """The mean, and how many rows have each score from worst to best."""
        graded = self.graded
        names = graded[0].scores if graded else {}
        return {
            name: (
                fmean(grades.scores[name] for grades in graded),
                [sum(g.scores[name] == score for g in graded) for score in range(WORST, BEST + 1)],
            )
            for name in names
        }

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "rubric": self.rubric,
            "judged": len(self.graded),
            "low": self.low,
            "without": dict(sorted(self.without.items())),
            "criteria": {
                name: {"mean": mean, "counts": counts} for name, (mean, counts) in self.by_criterion().items()
            },
            "rows": [
                _row(row, found, self.settings) for row, found in zip(self.rows, self.found, strict=True)
            ],
        }


def _row(row: Example, found: Grades | NoVerdict, settings: Judge) -> dict[str, Any]:
    about: dict[str, Any] = {"example_id": row.example_id, "split": row.split}
    if isinstance(found, NoVerdict):
        return about | {"verdict": None, "why": found.reason}
    return about | {
        "verdict": "low" if failures(found, settings) else "passes",
        "overall": found.overall,
        "scores": dict(found.scores),
        "reasons": dict(found.reasons),
    }
