"""The judge against reviewers: how far its verdicts agree with theirs on the same texts.

A reviewer says drop, edit or keep; the judge says low, middling or good (`curate.judge.verdict.Rank`). Plain
κ compares what a build acts on: whether an example passes as it is (keep, against not low). Weighted κ
compares the three steps, in which keep against drop weighs more than keep against edit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from curate.agreement.coefficient import Coefficient
from curate.agreement.kappa import cross_table, kappa
from curate.judge.grades import Grades, NoVerdict
from curate.judge.verdict import Rank, failures, rank
from schemas.decision import Ruling, Verdict
from schemas.example import Example
from schemas.recipe import Judge

THRESHOLDS = (2.0, 2.5, 3.0, 3.5, 4.0)
_STEPS: dict[Verdict, Rank] = {"drop": Rank.LOW, "edit": Rank.MIDDLE, "keep": Rank.GOOD}


@dataclass(frozen=True, slots=True)
class Decided:
    """Texts as reviewers saw them with what they decided. `disputed` are examples on which they disagree,
    `gone` those whose text is in no version that is still there."""

    rows: Sequence[Example]
    verdicts: Sequence[Verdict]
    disputed: int
    gone: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """`passes` counts by what the reviewer said (not keep, keep) and the judge (low, not low); `steps` by
    drop, edit, keep and low, middling, good. `by_threshold` is what plain κ would be at other thresholds of
    the mean."""

    model: str
    rubric: str
    threshold: float
    compared: int
    disputed: int
    gone: int
    unanswered: int
    passes: list[list[int]]
    steps: list[list[int]]
    plain: Coefficient
    linear: Coefficient
    quadratic: Coefficient
    by_threshold: dict[float, Coefficient]

    def to_dict(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in self.__slots__}
        fields |= {name: asdict(getattr(self, name)) for name in ("plain", "linear", "quadratic")}
        fields["by_threshold"] = {f"{at:g}": asdict(found) for at, found in self.by_threshold.items()}
        return fields


def decided_rows(rulings: Iterable[Ruling], texts: Mapping[tuple[str, str], Example]) -> Decided:
    """`texts` are rows by version and id."""
    rows: list[Example] = []
    verdicts: list[Verdict] = []
    disputed = gone = 0
    for ruling in rulings:
        if ruling.verdict is None:
            disputed += 1
            continue
        seen = texts.get((ruling.decisions[-1].dataset_version or "", ruling.example_id))
        if seen is None:
            gone += 1
            continue
        rows.append(seen)
        verdicts.append(ruling.verdict)
    return Decided(rows, verdicts, disputed, gone)


def agreement(
    decided: Decided, found: Sequence[Grades | NoVerdict], settings: Judge, model: str, rubric: str
) -> Agreement:
    """`found` is what the judge says of each decided row, in their order."""
    graded = [
        (_STEPS[verdict], grades)
        for verdict, grades in zip(decided.verdicts, found, strict=True)
        if isinstance(grades, Grades)
    ]
    people = [step for step, _ in graded]
    keep = [int(step is Rank.GOOD) for step in people]

    def passing(at: Judge) -> list[int]:
        return [int(not failures(grades, at)) for _, grades in graded]

    passes = cross_table(keep, passing(settings), 2)
    steps = cross_table(people, [rank(grades, settings) for _, grades in graded], len(Rank))
    return Agreement(
        model=model,
        rubric=rubric,
        threshold=settings.threshold,
        compared=len(graded),
        disputed=decided.disputed,
        gone=decided.gone,
        unanswered=len(found) - len(graded),
        passes=passes.tolist(),
        steps=steps.tolist(),
        plain=kappa(passes),
        linear=kappa(steps, "linear"),
        quadratic=kappa(steps, "quadratic"),
        by_threshold={
            at: kappa(cross_table(keep, passing(settings.model_copy(update={"threshold": at})), 2))
            for at in sorted({*THRESHOLDS, settings.threshold})
        },
    )
