"""What to look at first: examples of a run, worst first, with the signal that put them there.

All signals come from snapshots, taken without dropout and of one model at a time; the losses seen in training
are of a model that moved and cannot be compared from row to row.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any, Literal, get_args

from schemas.errors import RunError, UsageError
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd

Signal = Literal["loss", "gain", "rise"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)
_NEEDS = {"loss": "adapter", "rise": "adapter", "gain": "base"}


@dataclass(frozen=True, slots=True)
class QueueItem:
    """Losses in nats per trained token. `signal` is the one that the queue is sorted by.

    `loss`: the adapter at `step`, its last snapshot of this example. `gain`: base minus adapter, None where
    the base was not measured. `rise`: `loss` minus the lowest of the adapter's snapshots, 0 where it is it.
    """

    example_id: str
    split: str
    by: Signal
    signal: float
    loss: float
    gain: float | None
    rise: float
    n_tokens: int
    step: int
    truncated: bool


def review_queue(
    run: Run, by: Signal = "loss", split: str | None = None, top: int | None = None
) -> list[QueueItem]:
    """Examples of the run, worst first; equal signals by id. `top` keeps that many.

    loss: highest first. gain: lowest first, what training helped least or hurt. rise: highest first, what was
    learnt and then lost again. Raises UsageError for a signal or split that there is not, RunError where the
    run took no snapshot that the signal needs.
    """
    if by not in SIGNALS:
        raise UsageError(f"{by!r} is no signal", f"use one of {', '.join(SIGNALS)}")
    table = _signals(run)
    if split is not None:
        known = sorted(table["split"].unique())
        if split not in known:
            raise UsageError(f"the run {run.id} has no split {split!r}", f"use one of {', '.join(known)}")
        table = table[table["split"] == split]
    table = table[table[by].notna()]
    if table.empty:
        needed = _NEEDS[by]
        mend = "add `base` to" if needed == "base" else "add `epoch` to"
        raise RunError(f"{run.path}: no snapshot of the {needed}", f"{mend} train.snapshots and train again")
    table = table.sort_values([by, "example_id"], ascending=[by == "gain", True], kind="stable")
    return [_item(row, by) for row in table.head(len(table) if top is None else top).to_dict("records")]


def _signals(run: Run) -> "pd.DataFrame":
    """A row per example with split, n_tokens, truncated, step, loss, gain and rise."""
    losses = run.losses()
    snapshots = losses[losses["kind"] == "snapshot"].sort_values("step", kind="stable")
    adapter = snapshots[snapshots["model"] == "adapter"].groupby("example_id", sort=False)
    base = snapshots[snapshots["model"] == "base"].groupby("example_id", sort=False)["loss"].last()
    table = adapter.last()
    return table.assign(
        gain=base.reindex(table.index) - table["loss"],
        rise=table["loss"] - adapter["loss"].min(),
    ).reset_index()


def _item(row: dict[Hashable, Any], by: Signal) -> QueueItem:
    return QueueItem(
        example_id=row["example_id"],
        split=row["split"],
        by=by,
        signal=row[by],
        loss=row["loss"],
        gain=None if isnan(row["gain"]) else row["gain"],
        rise=row["rise"],
        n_tokens=row["n_tokens"],
        step=row["step"],
        truncated=row["truncated"],
    )
