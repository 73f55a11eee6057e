"""What `train runs --compare` prints, and the review queue it leaves."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from curate.edge import print_json, say
from curate.workspace import Workspace
from schemas.errors import UsageError
from train.dynamics.drift import KINDS, SAYS, Kind, compared, drift, of_kind
from train.saved_queue import SavedQueue
from train.store import Run
from train.tables import blank_table, show

if TYPE_CHECKING:
    import pandas as pd


def print_drift(
    listed: Sequence[Run], recipe: Path, split: str | None, top: int, queue: Kind | None, as_json: bool
) -> None:
    """Compares, prints, and leaves the queue that was asked for. Raises UsageError, RunError."""
    runs = compared(listed)
    table = drift(runs)
    if split is not None:
        known = sorted(table["split"].unique())
        if split not in known:
            raise UsageError(f"the runs have no split {split!r} in common", f"use one of {', '.join(known)}")
        table = table[table["split"] == split]
    if as_json:
        print_json(data(runs, table))
    else:
        say(f"{len(runs)} runs, {runs[0].id} to {runs[-1].id}")
        for kind in KINDS:
            title, rows = drift_table(table, kind, top)
            print(title)
            if rows is not None:
                show(rows)
                print()
    if queue is not None:
        kept = save_queue(Workspace.open(recipe).path, runs, table, queue)
        say(f"queue `drift`, {len(kept.rows):,} examples: `curate review --queue drift`")


_UNITS: dict[Kind, tuple[str, str]] = {
    "forgotten": ("rise", "nats/token"),
    "flips": ("flips", "flips"),
    "hard": ("hardness", "of 1"),
}


def data(runs: Sequence[Run], table: "pd.DataFrame") -> dict[str, Any]:
    """For `--json`: every example, and how many are of each kind."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return {
        "runs": [run.id for run in runs],
        "counts": {kind: len(of_kind(table, kind)) for kind in KINDS},
        "examples": [{str(k): getattr(v, "item", lambda v=v: v)() for k, v in row.items()} for row in rows],
    }


def drift_table(table: "pd.DataFrame", kind: Kind, top: int) -> tuple[str, Table | None]:
    """The words above, and the first examples of a kind; None where there is none."""
    rows = of_kind(table, kind)
    title = f"{kind}: {len(rows):,} of {len(table):,} examples, {SAYS[kind]}"
    if rows.empty:
        return title, None
    shown = blank_table("example", "split")
    for name in ("runs", "right", "flips", "hardness", "lowest before", "latest", "rise"):
        shown.add_column(name, justify="right", no_wrap=True)
    for row in rows.head(top).to_dict("records"):
        figures = (
            f"{row['hardness']:.2f}",
            f"{row['lowest']:.4f}",
            f"{row['loss']:.4f}",
            f"{row['rise']:+.4f}",
        )
        counts = (f"{row['runs']}", f"{row['right']}", f"{row['flips']}")
        shown.add_row(row["example_id"], row["split"], *counts, *figures)
    return title, shown


def save_queue(workspace: Path, runs: Sequence[Run], table: "pd.DataFrame", kind: Kind) -> SavedQueue:
    """The examples of a kind as the review queue `drift`."""
    column, unit = _UNITS[kind]
    rows = of_kind(table, kind)
    queue = SavedQueue(
        name="drift",
        title=f"{kind} over {len(runs)} runs: {SAYS[kind]}",
        unit=unit,
        rows=tuple(zip(rows["example_id"], rows[column].astype(float), strict=True)),
    )
    queue.write(workspace)
    return queue
