"""What `curate agreement` tells: how far the annotators of a journal agree, of verdicts and of each label."""

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from curate.agreement.coefficient import Coefficient, Table
from curate.agreement.kappa import cross_table, kappa
from curate.agreement.over_time import Drift, Span, Step, drift, over_time
from curate.agreement.panel import ABSENT, VERDICTS, Panel, counts_of
from curate.agreement.several import alpha, fleiss
from curate.journal import rulings_of, standing
from schemas.decision import Decision
from schemas.errors import UsageError

_GIVEN = ("not given", "given")


@dataclass(frozen=True, slots=True)
class Annotator:
    """`decided` counts examples, `shared` those that someone else decided too."""

    name: str
    decided: int
    shared: int


@dataclass(frozen=True, slots=True)
class Pair:
    """`table[i][j]`: how often `left` said category i and `right` j on the same example."""

    left: str
    right: str
    table: list[list[int]]
    kappa: Coefficient


@dataclass(frozen=True, slots=True)
class Measures:
    """`fleiss` is over the examples that all annotators judged, `alpha` over those that at least two did."""

    categories: tuple[str, ...]
    pairs: list[Pair]
    fleiss: Coefficient
    alpha: Coefficient


@dataclass(frozen=True, slots=True)
class Report:
    """`conflicts` are ids of examples that wait for adjudication; `adjudicated` counts those that had it.
    `over_time` and `drift` are by annotator."""

    annotators: list[Annotator]
    examples: int
    shared: int
    conflicts: list[str]
    adjudicated: int
    verdicts: Measures
    labels: dict[str, Measures]
    over_time: dict[str, list[Span]]
    drift: dict[str, Drift]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def report(decisions: Iterable[Decision], annotator: str | None = None, step: Step = "hundred") -> Report:
    """From a journal's decisions, oldest first. With `annotator`, pairs and time of that one alone; Fleiss' κ
    and α are of all. Raises UsageError where that one decided nothing."""
    listed = list(decisions)
    panel = Panel.of(listed)
    if annotator is not None and annotator not in panel.annotators:
        raise _unknown(annotator, panel.annotators)
    rulings = rulings_of(listed)
    codes = panel.verdict_codes()
    judged = (codes != ABSENT).sum(axis=1)
    return Report(
        annotators=[
            Annotator(name, int(mine.sum()), int((mine & (judged > 1)).sum()))
            for name, mine in zip(panel.annotators, (codes != ABSENT).T, strict=True)
        ],
        examples=len(panel.said),
        shared=int((judged > 1).sum()),
        conflicts=[example_id for example_id, ruling in rulings.items() if ruling.disagreement],
        adjudicated=len({d.example_id for d in standing(listed) if d.adjudicates}),
        verdicts=_measures(panel, codes, VERDICTS, annotator),
        labels={
            label: _measures(panel, panel.label_codes(label), _GIVEN, annotator) for label in panel.labels
        },
        over_time={
            name: over_time(panel, name, step) for name in panel.annotators if annotator in (None, name)
        },
        drift={name: drift(panel, name) for name in panel.annotators if annotator in (None, name)},
    )


def _measures(panel: Panel, codes: Table, categories: tuple[str, ...], annotator: str | None) -> Measures:
    counts = counts_of(codes, len(categories))
    pairs = [
        _pair(panel, codes, categories, left, right)
        for left, right in combinations(range(len(panel.annotators)), 2)
        if annotator is None or annotator in (panel.annotators[left], panel.annotators[right])
    ]
    return Measures(categories, pairs, fleiss(counts, len(panel.annotators)), alpha(counts))


def _pair(panel: Panel, codes: Table, categories: tuple[str, ...], left: int, right: int) -> Pair:
    both = codes[(codes[:, left] != ABSENT) & (codes[:, right] != ABSENT)]
    table = cross_table(both[:, left].tolist(), both[:, right].tolist(), len(categories))
    return Pair(panel.annotators[left], panel.annotators[right], table.tolist(), kappa(table))


def _unknown(annotator: str, known: tuple[str, ...]) -> UsageError:
    if not known:
        return UsageError(f"{annotator} has decided nothing", "`curate review` makes decisions")
    near = difflib.get_close_matches(annotator, known, 1)
    return UsageError(
        f"{annotator} has decided nothing",
        f"did you mean {near[0]}?" if near else f"those who have: {', '.join(known)}",
    )
