"""Findings: the splits and slices of what two runs measured alike, each tested and judged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from train.auditing.common import HELD_OUT, Common
from train.auditing.noise import Floor, Noise
from train.auditing.slicing import By, Slice, slices
from train.auditing.testing import FALSE_DISCOVERIES, Tested, Verdict, contrast, false_discovery_rates, judge


@dataclass(frozen=True, slots=True)
class Finding:
    """A split or a slice: loss of both runs in nats per trained token, the difference b less a. `rest`: that
    of the other examples that were sliced, None for splits. `floor`: what other seeds of A gave."""

    by: By
    name: str
    a: float
    b: float
    rest: float | None
    tested: Tested
    floor: Floor | None
    verdict: Verdict


Found = tuple[Finding, NDArray[np.bool_]]  # and the rows that it is of


def of_splits(found: Common, heard: Noise) -> list[Found]:
    """In the order of the rows. Held-out splits are one family of tests, train is another."""
    splits = found.rows["split"].to_numpy(str)
    every = [Slice("split", name, splits == name) for name in dict.fromkeys(splits.tolist())]
    held_out = [one for one in every if one.name in HELD_OUT]
    trained = [one for one in every if one.name not in HELD_OUT]
    return [*_findings(found, heard, held_out), *_findings(found, heard, trained)]


def of_slices(found: Common, heard: Noise) -> list[Found]:
    """One family of tests over what is judged, worst first, by the low end of their interval."""
    judged = np.flatnonzero(found.judged)
    rows = found.rows.iloc[judged]
    chosen = slices([found.examples[i] for i in judged], rows["n_tokens"].to_numpy(), list(rows["group"]))
    whole = []
    for one in chosen:
        member = np.zeros(len(found.rows), dtype=bool)
        member[judged] = one.member
        whole.append(Slice(one.by, one.name, member))
    listed = _findings(found, heard, whole)
    return sorted(listed, key=lambda pair: (-_low(pair[0]), pair[0].by, pair[0].name))


def _findings(found: Common, heard: Noise, chosen: Sequence[Slice]) -> list[Found]:
    rows = found.rows
    nll_a, nll_b = rows["nll_a"].to_numpy(np.float64), rows["nll_b"].to_numpy(np.float64)
    tokens = rows["n_tokens"].to_numpy(np.float64)
    rose = nll_b - nll_a
    tested = contrast(rose, tokens, list(rows["group"]), [one.member for one in chosen])
    floors = _floors(heard, tested, [(one.member, _loss(nll_b, tokens, one.member)) for one in chosen])
    listed: list[Found] = []
    for at, (one, result) in enumerate(zip(chosen, tested, strict=True)):
        floor = floors[at]
        others = found.judged & ~one.member
        finding = Finding(
            by=one.by,
            name=one.name,
            a=_loss(nll_a, tokens, one.member),
            b=_loss(nll_b, tokens, one.member),
            rest=_loss(rose, tokens, others) if one.by != "split" and others.any() else None,
            tested=result,
            floor=floor,
            verdict=judge(result, higher_is_worse=True, beyond_noise=_beyond(floor)),
        )
        listed.append((finding, one.member))
    return listed


def _floors(
    heard: Noise, tested: Sequence[Tested], of: Sequence[tuple[NDArray[np.bool_], float]]
) -> list[Floor | None]:
    """With q against both at once: that other examples would show as much, or that other seeds would. The
    larger of the two p-values is that of either (intersection-union test, Berger 1982)."""
    floors = [heard.floor(member, loss) for member, loss in of]
    both = [
        max(one.p, floor.p) if one.p is not None and floor else None
        for one, floor in zip(tested, floors, strict=True)
    ]
    rates = iter(false_discovery_rates(np.array([p for p in both if p is not None])))
    return [
        replace(floor, q=float(next(rates))) if floor and p is not None else floor
        for floor, p in zip(floors, both, strict=True)
    ]


def _beyond(floor: Floor | None) -> bool | None:
    return None if floor is None or floor.q is None else floor.q <= FALSE_DISCOVERIES


def _loss(nll: Floats, tokens: Floats, member: NDArray[np.bool_]) -> float:
    return float(nll[member].sum() / tokens[member].sum())


def _low(finding: Finding) -> float:
    interval = finding.tested.interval
    return interval.low if interval else -np.inf
