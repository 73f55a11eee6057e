"""What `train eval` measured of both runs: the adapters' answers to the same questions, metric by metric.

Answers are joined by set, example and turn, where both were held against the same reference. Of each run
the latest evaluation that has answers in common with the other's counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from schemas.arrow import GENERATIONS
from train.auditing.testing import Tested, Verdict, contrast, false_discovery_rates, judge
from train.evaluation.evaluate import ADAPTER
from train.evaluation.result import Evaluation, list_evaluations
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd

_KEY = ["set", "example_id", "turn"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of one set: means of both, higher is better, and the difference, b less a."""

    set: str
    metric: str
    a: float
    b: float
    tested: Tested

    @property
    def verdict(self) -> Verdict:
        """The noise of seeds is not known of answers: `worse or chance` is the most that can be said."""
        return judge(self.tested, higher_is_worse=False, beyond_noise=None)


def metrics(a: Run, b: Run, groups: dict[str, str]) -> tuple[Measured, ...]:
    """All metrics of all sets are one family of tests. `groups`: what is drawn together, by example; one that
    is not named stands alone. Empty where a run has no evaluation, or they have no answer in common."""
    pair = _latest(a), _latest(b)
    if pair[0] is None or pair[1] is None:
        return ()
    first, second = (_answers(one) for one in pair if one is not None)
    names = [c for c in first.columns if c in second.columns and c not in (*GENERATIONS.names, *_KEY)]
    both = first.merge(second, on=[*_KEY, "reference"], suffixes=("_a", "_b"), how="inner")
    found: list[Measured] = []
    for name, rows in both.groupby("set", sort=False):
        own = [groups.get(example, example) for example in rows["example_id"]]
        values = {m: rows[[f"{m}_a", f"{m}_b"]].to_numpy(np.float64) for m in names}
        there = {m: np.isfinite(v).all(axis=1) for m, v in values.items()}
        for metric in (m for m in names if there[m].any()):
            v = values[metric][there[metric]]
            grouped = [g for g, yes in zip(own, there[metric], strict=True) if yes]
            ones = np.ones(len(v))
            (tested,) = contrast(v[:, 1] - v[:, 0], ones, grouped, [ones > 0])
            found.append(Measured(str(name), metric, float(v[:, 0].mean()), float(v[:, 1].mean()), tested))
    return tuple(_corrected(found))


def _corrected(found: Sequence[Measured]) -> Iterator[Measured]:
    """With q over all that have a p."""
    p = [one.tested.p for one in found if one.tested.p is not None]
    rates = iter(false_discovery_rates(np.array(p)))
    for one in found:
        q = None if one.tested.p is None else float(next(rates))
        yield replace(one, tested=replace(one.tested, q=q))


def _latest(run: Run) -> Evaluation | None:
    found = [one for one in list_evaluations(run) if one.info.kind == "eval"]
    return found[-1] if found else None


def _answers(evaluation: Evaluation) -> "pd.DataFrame":
    rows = evaluation.generations()
    return rows[rows["system"] == ADAPTER].drop(columns="system")
