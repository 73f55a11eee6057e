"""What a bisect is about: held-out examples of A and B that got worse.

By itself it takes, of the splits and slices that the audit calls worse, the one whose interval lies highest,
and each other one whose interval lies above half of that one's difference; their examples together, whether
their own loss rose or not. None is taken by its own rise alone, which would be a choice of noise. Where
another seed may do as much everywhere, the same of what rose at all. A split or slice can be named instead.
"""

from collections.abc import Sequence

import numpy as np

from schemas.errors import RunError, UsageError
from train.auditing import words
from train.auditing.common import Common
from train.auditing.findings import Found, of_slices, of_splits
from train.auditing.noise import Noise
from train.bisecting.record import TargetRecord
from train.reporting.measured import measured
from train.store import Run

_SHARE = 0.5
_SHOWN = 12


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
    """None where nothing got worse and nothing is named. Raises UsageError for a name that there is not, and
    where no held-out example is common to both."""
    if not found.held_out.any():
        raise UsageError(
            "no example of validation or test is common to both runs, and a loss on train is partly memory",
            "build both versions with validation or test rows that are the same",
        )
    held_out = [pair for pair in of_splits(found, heard) if found.held_out[pair[1]].any()]
    every = [*held_out, *of_slices(found, heard)]
    chosen = _named(every, name) if name is not None else _worst(every)
    if not chosen:
        return None
    member = np.logical_or.reduce([own for _, own in chosen])
    rows = found.rows[member]
    titles = [words.title(one) for one, _ in chosen]
    more = f" and {len(titles) - 2} more slices" if len(titles) > 2 else ""
    return TargetRecord(
        name=" and ".join(titles[:2]) + more,
        example_ids=tuple(rows["example_id"]),
        tokens=tuple(int(n) for n in rows["n_tokens"]),
    )


def _worst(every: Sequence[Found]) -> list[Found]:
    rose = [pair for pair in every if pair[0].tested.sure and pair[0].tested.difference > 0]
    risen = [pair for pair in rose if pair[0].verdict == "worse"] or rose
    if not risen:
        return []
    worst = max(risen, key=lambda pair: (_low(pair), words.title(pair[0])))
    return [worst, *(p for p in risen if p is not worst and _low(p) >= _SHARE * worst[0].tested.difference)]


def _low(pair: Found) -> float:
    interval = pair[0].tested.interval
    return interval.low if interval else -np.inf


def _named(every: Sequence[Found], name: str) -> list[Found]:
    chosen = [pair for pair in every if name in (pair[0].name, words.title(pair[0]))]
    if len(chosen) == 1:
        return chosen
    titles = [words.title(one) for one, _ in every][:_SHOWN]
    raise UsageError(
        f"{name!r} names {len(chosen) or 'no'} splits or slices of held-out examples",
        f"use a name of the audit, such as {', '.join(titles)}",
    )
