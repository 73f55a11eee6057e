"""What to look at first: examples of a run, worst first, with the signal that put them there.

Signals are computed by `train.dynamics`; what each means stands in its registry. `loss`, `gain` and `rise`
come from snapshots, taken without dropout and of one model at a time.
"""

from collections.abc import Hashable
from dataclasses import dataclass, fields
from math import isnan
from typing import TYPE_CHECKING, Any

from schemas.errors import RunError, UsageError
from train.dynamics.columns import COLUMNS, LACKS, MENDS, SIGNALS, Signal
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class QueueItem:
    """`signal` is the one that the queue is sorted by; all others are None where the run did not measure
    them. Losses are in nats per trained token; `train.dynamics.columns` says what each column means, and
    `train.dynamics.noise` what the parts of `noise` are: shares between 0 and 1, 1 the most suspicious.

    `loss`: the adapter at `step`, its last snapshot of this example. `gain`: base minus adapter. `rise`:
    `loss` minus the lowest of the adapter's snapshots, 0 where it is it. `region`: easy, ambiguous or hard.
    Of a classification: `label` is its class, `predicted` the likeliest, with its `probability`.
    """

    example_id: str
    split: str
    by: Signal
    signal: float | None
    loss: float | None
    gain: float | None
    rise: float | None
    n_tokens: int
    step: int | None
    truncated: bool
    base_loss: float | None = None
    seen_loss: float | None = None
    first_loss: float | None = None
    worst_token: float | None = None
    confidence: float | None = None
    variability: float | None = None
    correctness: float | None = None
    region: str | None = None
    learned: float | None = None
    forgettings: int | None = None
    forgotten: float | None = None
    slope: float | None = None
    ifd: float | None = None
    ifd_base: float | None = None
    noise: float | None = None
    noise_late: float | None = None
    noise_slow: float | None = None
    noise_token: float | None = None
    noise_first: float | None = None
    mistaken: float | None = None
    label: str | None = None
    predicted: str | None = None
    probability: float | None = None


def review_queue(
    run: Run, by: Signal = "loss", split: str | None = None, top: int | None = None
) -> list[QueueItem]:
    """Examples of the run, worst first; equal signals by id. `top` keeps that many.

    Which end of a signal is the worst, `COLUMNS` says: the highest loss, the lowest gain. Raises UsageError
    for a signal or split that there is not, RunError where the run lacks what the signal needs.
    """
    from train.dynamics.frame import example_dynamics

    if by not in SIGNALS:
        raise UsageError(f"{by!r} is no signal", f"use one of {', '.join(SIGNALS)}")
    table = example_dynamics(run)
    if split is not None:
        known = sorted(table["split"].unique())
        if split not in known:
            raise UsageError(f"the run {run.id} has no split {split!r}", f"use one of {', '.join(known)}")
        table = table[table["split"] == split]
    ordered = worst_first(table, by)
    if ordered.empty:
        needs = COLUMNS[by].needs
        raise RunError(f"{run.path}: {LACKS[needs]}", MENDS[needs])
    kept = ordered.head(len(ordered) if top is None else top)
    return [_item(row, by) for row in kept.to_dict("records")]


def worst_first(table: "pd.DataFrame", by: Signal) -> "pd.DataFrame":
    """The rows of `example_dynamics` that have the signal, worst first, equal ones by id."""
    column = COLUMNS[by]
    known = table["correctness"].notna() if column.unknown_worst else table[by].notna()
    return table[known].sort_values(
        [by, "example_id"],
        ascending=[column.worst == "low", True],
        na_position="first",
        kind="stable",
    )


def _item(row: dict[Hashable, Any], by: Signal) -> QueueItem:
    names = [field.name for field in fields(QueueItem) if field.name in row]
    values = {name: _known(row[name]) for name in names}
    for name in ("step", "forgettings"):
        values[name] = None if values[name] is None else int(values[name])
    return QueueItem(by=by, signal=values[by], **values)


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and isnan(value) else value
