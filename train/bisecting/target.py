"""What a bisect is about: held-out examples that B's data make worse than A's, over all seeds of both.

One run of each says little: what rose by one seed falls by the next. So rises are over all seeds, and of
each split and slice both are asked, whether other examples could have shown as much (the audit's interval and
test) and whether other seeds could: paired by seed, or levelled by what all other held-out examples lost (see
judging.py), whichever is surer of one of them. Three seeds alone hardly tell a slice's variance, so it is
drawn half way to the median of all slices (after Smyth 2004). The worst is where the low end of both
intervals together lies highest; each other one whose low end lies above half of that one's difference is
taken too. No example is taken by its own rise alone, which would be a choice of noise.

Of many slices one is always the worst. Where no slice rose beyond the noise of seeds, all slices considered,
the worst has to show that it did on as many new seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from schemas.errors import RunError, UsageError
from train.auditing import words
from train.auditing.common import Common
from train.auditing.findings import Found, of_slices, of_splits
from train.auditing.noise import Noise, Seeds
from train.auditing.testing import FALSE_DISCOVERIES, false_discovery_rates
from train.bisecting.judging import Layout, Losses
from train.bisecting.record import TargetRecord
from train.bisecting.search import NOTHING, Groups
from train.reporting.measured import measured
from train.store import Run

_ALL: Groups = frozenset({0})
_SHARE = 0.5
_TAIL = 0.975
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Risen:
    """A split or slice that got worse by other examples too. `low`: the low end of its interval over examples
    and seeds, nats per token. `sure`: other seeds would hardly do as much, all slices considered."""

    found: Found
    difference: float
    low: float
    sure: bool


def loss(of: TargetRecord, run: Run) -> float:
    """Nats per trained token by the run's kept adapter. Raises RunError where it lacks one of them."""
    rows = measured(run, None).rows.set_index("example_id").reindex(list(of.example_ids))
    if rows["nll"].isna().any() or not np.array_equal(rows["n_tokens"], np.array(of.tokens)):
        raise RunError(
            f"run {run.id} did not measure the examples alike that a bisect is about ({of.name})",
            f"remove {run.path}: the same command trains it again",
        )
    return float(rows["nll"].sum() / sum(of.tokens))


def target(found: Common, heard: Noise, name: str | None = None) -> TargetRecord | None:
    """By A and B alone, before others are trained: None where by examples nothing got worse and nothing is
    named. Raises UsageError for a name that there is not, and where no held-out example is common to both."""
    if not found.held_out.any():
        raise UsageError(
            "no example of validation or test is common to both runs, and a loss on train is partly memory",
            "build both versions with validation or test rows that are the same",
        )
    every = _listed(found, heard)
    if name is not None:
        return _record(found, [_named(every, name)])
    rose = [pair for pair in every if pair[0].tested.sure and pair[0].tested.difference > 0]
    return _record(found, rose) if rose else None


def held_out_nll(found: Common, runs: Sequence[Run]) -> Floats:
    """(seeds, n); of rows that are not held out, which not every run measures, zeros. Raises RunError where a
    run lacks one that is."""
    nll = np.stack([np.where(found.held_out, found.nll(run), 0.0) for run in runs])
    if unknown := int((~np.isfinite(nll)).any(axis=0).sum()):
        raise RunError(
            f"the runs of one bisect did not measure {unknown:,} held-out examples alike",
            "remove .siftune/bisects: the same command trains them again",
        )
    return nll


def worst(found: Common, before: Floats, after: Floats, *, sure: bool) -> TargetRecord | None:
    """Of nll (seeds, n) of the common examples, as `held_out_nll` gives them, by the same seeds. `sure`: only
    what other seeds would hardly do; else what rose by examples alone, where there is no other: other seeds
    have to show that. None where nothing did."""
    rows = found.rows.assign(nll_a=before.mean(axis=0), nll_b=after.mean(axis=0))
    tokens = rows["n_tokens"].to_numpy(np.float64)
    own = Seeds((), before)
    every = _listed(replace(found, rows=rows), Noise(own, Seeds((), before[:0]), tokens))
    risen = _risen(every, before, after, tokens, found.held_out)
    by_seeds = [one for one in risen if one.sure]
    risen = by_seeds or ([] if sure else risen)
    if not risen:
        return None
    first = max(risen, key=lambda one: (one.low, words.title(one.found[0])))
    others = (one for one in risen if one is not first and one.low >= _SHARE * first.difference)
    chosen = _record(found, [first.found, *(one.found for one in others)])
    return chosen if by_seeds else chosen.model_copy(update={"chosen_by": len(before)})


def _listed(found: Common, heard: Noise) -> list[Found]:
    held_out = [pair for pair in of_splits(found, heard) if found.held_out[pair[1]].any()]
    return [*held_out, *of_slices(found, heard)]


def _risen(
    every: Sequence[Found], a: Floats, b: Floats, tokens: Floats, others: NDArray[np.bool_]
) -> list[_Risen]:
    """`a`, `b` (seeds, n), nats; `others`: examples that can be the rest of a slice."""
    ways = [_by_seeds(every, a, b, tokens, others if way else None) for way in (False, True)]
    found = [_judged(every, *way) for way in ways]
    return max(found, key=lambda risen: max((one.low / one.difference for one in risen), default=-np.inf))


def _by_seeds(
    every: Sequence[Found], a: Floats, b: Floats, tokens: Floats, others: NDArray[np.bool_] | None
) -> tuple[Floats, Floats, int]:
    """The rise of each slice by seeds, its standard error and degrees of freedom; paired, or levelled by its
    rest, and as not known where there is none."""
    rise, noise, factor = (np.full(len(every), np.nan) for _ in range(3))
    freedom = 0
    for at, (_, own) in enumerate(every):
        losses = _ends(a, b, tokens, own)
        if others is not None and not (others & ~own).any():
            continue
        fitted = Layout.of(losses, None if others is None else _ends(a, b, tokens, others & ~own))
        rise[at], freedom = fitted.difference(NOTHING, _ALL).value, fitted.freedom
        noise[at] = fitted.noise
        factor[at] = fitted.covariance((NOTHING, _ALL), (NOTHING, _ALL)) / (fitted.noise**2 or np.nan)
    known = np.isfinite(noise)
    usual = float(np.median(noise[known] ** 2)) if known.any() else np.nan
    return rise, np.sqrt((noise**2 + usual) / 2 * factor), 2 * freedom


def _ends(a: Floats, b: Floats, tokens: Floats, own: NDArray[np.bool_]) -> Losses:
    whole = tokens[own].sum()
    return {NOTHING: tuple(b[:, own].sum(axis=1) / whole), _ALL: tuple(a[:, own].sum(axis=1) / whole)}


def _judged(every: Sequence[Found], rise: Floats, error: Floats, freedom: int) -> list[_Risen]:
    from scipy.stats import t

    known = np.isfinite(error) & (error > 0)
    p = np.where(known, 2 * t.sf(np.abs(rise) / np.where(known, error, 1), max(freedom, 1)), 1.0)
    by_examples = [1.0 if one.tested.p is None else one.tested.p for one, _ in every]
    q = false_discovery_rates(np.maximum(by_examples, p))
    found = []
    for at, (one, _) in enumerate(every):
        tested = one.tested
        if not (tested.sure and tested.difference > 0 and known[at] and rise[at] > 0):
            continue
        if tested.interval is None:
            raise AssertionError("nothing is sure without an interval")
        away = np.hypot(tested.difference - tested.interval.low, t.ppf(_TAIL, freedom) * error[at])
        sure = bool(q[at] <= FALSE_DISCOVERIES)
        found.append(_Risen(every[at], float(rise[at]), float(rise[at] - away), sure))
    return found


def rest(found: Common, of: TargetRecord) -> TargetRecord | None:
    """The held-out examples that it is not about; None where there are none."""
    other = found.held_out & ~found.rows["example_id"].isin(of.example_ids).to_numpy()
    return _recorded(found, other, "the rest") if other.any() else None


def _record(found: Common, chosen: Sequence[Found]) -> TargetRecord:
    titles = [words.title(one) for one, _ in chosen]
    more = f" and {len(titles) - 2} more slices" if len(titles) > 2 else ""
    member = np.logical_or.reduce([own for _, own in chosen])
    return _recorded(found, member, " and ".join(titles[:2]) + more)


def _recorded(found: Common, member: NDArray[np.bool_], name: str) -> TargetRecord:
    rows = found.rows[member]
    return TargetRecord(
        name=name,
        example_ids=tuple(rows["example_id"]),
        tokens=tuple(int(n) for n in rows["n_tokens"]),
    )


def _named(every: Sequence[Found], name: str) -> Found:
    chosen = [pair for pair in every if name in (pair[0].name, words.title(pair[0]))]
    if len(chosen) == 1:
        return chosen[0]
    titles = [words.title(one) for one, _ in every][:_SHOWN]
    raise UsageError(
        f"{name!r} names {len(chosen) or 'no'} splits or slices of held-out examples",
        f"use a name of the audit, such as {', '.join(titles)}",
    )
