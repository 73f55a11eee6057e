"""How far one annotator agrees with the others as time goes on: by hundreds of their decisions, or by weeks.

An example weighs the same however many others judged it: the share of them that said the same. κ is Cohen's,
of the annotator against the others pooled. Both, for agreement alone also rises where everyone says
keep more often.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from curate.agreement.coefficient import FEW, SEED, percentiles, resampled_means
from curate.agreement.kappa import kappas
from curate.agreement.panel import VERDICTS, Panel
from schemas.decision import Decision

Step = Literal["hundred", "week"]
HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Span:
    """`when` is `1-100` or `2026-W07` (ISO week, UTC); `decided` are the annotator's decisions then, `shared`
    those on examples that others judged too. Without any there is no number."""

    when: str
    decided: int
    shared: int
    agreed: float | None
    low: float | None
    high: float | None
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """How often one annotator said the same as the others: on the first and on the second half of the
    `shared` examples in the order of their decisions, and the change with its 95 % interval. Without two
    there is no number."""

    shared: int
    first: float | None
    second: float | None
    change: float | None
    low: float | None
    high: float | None

    @property
    def sure(self) -> bool:
        """Whether chance alone would rarely change as much; never of few, whose interval is uncertain."""
        if self.shared < 2 * FEW:
            return False
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def drift(panel: Panel, annotator: str) -> Drift:
    """Percentile bootstrap of the difference of two means, each half resampled for itself (Efron and
    Tibshirani 1993, ch. 8). The others may drift, too: compare theirs."""
    found = (_agreed(decision, panel) for decision in _in_order(panel, annotator))
    shares = np.array([share for share in found if share is not None])
    if len(shares) < 2:
        return Drift(len(shares), None, None, None, None, None)
    first, second = shares[: len(shares) // 2], shares[len(shares) // 2 :]
    dice = np.random.default_rng(SEED)
    means = [resampled_means(half, dice) for half in (first, second)]
    a, b = float(first.mean()), float(second.mean())
    return Drift(len(shares), a, b, b - a, *percentiles(means[1] - means[0]))


def over_time(panel: Panel, annotator: str, step: Step) -> list[Span]:
    """Oldest first."""
    spans: dict[str, list[Decision]] = {}
    when = _WHEN[step]
    for place, decision in enumerate(_in_order(panel, annotator)):
        spans.setdefault(when(place, decision), []).append(decision)
    return [_span(name, found, panel) for name, found in spans.items()]


def _span(when: str, decisions: Sequence[Decision], panel: Panel) -> Span:
    table = np.zeros((len(VERDICTS), len(VERDICTS)))
    shares: list[float] = []
    for decision in decisions:
        said = panel.said[decision.example_id].items()
        others = [VERDICTS.index(d.verdict) for name, d in said if name != decision.annotator]
        if not others:
            continue
        own = VERDICTS.index(decision.verdict)
        shares.append(others.count(own) / len(others))
        for other in others:
            table[own, other] += 1 / len(others)
    if not shares:
        return Span(when, len(decisions), 0, None, None, None, None)
    agreed = np.array(shares)
    resampled = resampled_means(agreed, np.random.default_rng(SEED))
    against = float(kappas(table[np.newaxis])[0])
    return Span(
        when,
        len(decisions),
        len(shares),
        float(agreed.mean()),
        *percentiles(resampled),
        None if np.isnan(against) else against,
    )


def _in_order(panel: Panel, annotator: str) -> list[Decision]:
    own = (by[annotator] for by in panel.said.values() if annotator in by)
    return sorted(own, key=lambda decision: decision.seq)


def _agreed(decision: Decision, panel: Panel) -> float | None:
    """The share of the others on this example that said the same; None without others."""
    others = [d.verdict for name, d in panel.said[decision.example_id].items() if name != decision.annotator]
    return others.count(decision.verdict) / len(others) if others else None


def _hundred(place: int, _: Decision) -> str:
    first = place // HUNDRED * HUNDRED
    return f"{first + 1}-{first + HUNDRED}"


def _week(_: int, decision: Decision) -> str:
    year, week, _day = datetime.fromisoformat(decision.decided_at).isocalendar()
    return f"{year}-W{week:02}"


_WHEN: dict[Step, Callable[[int, Decision], str]] = {"hundred": _hundred, "week": _week}
