"""Losses from snapshot to snapshot: how each split moved, and which examples were learnt and then lost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from train.reporting.measured import Measured

if TYPE_CHECKING:
    import pandas as pd

LINES = 40
RISEN = 10
_LEAST_RISE = 0.05  # nats per token: less is no forgetting worth reading


@dataclass(frozen=True, slots=True)
class Band:
    """A split's losses at its snapshots, `steps` ascending, the untuned model as step 0: median, and the
    tenth and ninetieth of a hundred examples. Nats per trained token."""

    split: str
    steps: list[int]
    low: list[float]
    median: list[float]
    high: list[float]


@dataclass(frozen=True, slots=True)
class Track:
    """One example's losses at snapshots; `rise` is how far the kept adapter's lies above the lowest."""

    example_id: str
    split: str
    steps: list[int]
    losses: list[float]
    rise: float


@dataclass(frozen=True, slots=True)
class Tracks:
    """`lines`: a sample of train examples. `risen`: those of any split that rose most, worst first."""

    bands: tuple[Band, ...]
    lines: tuple[Track, ...]
    risen: tuple[Track, ...]


def tracks(found: Measured) -> Tracks:
    bands = [_band(found.snapshots, split) for split in found.splits]
    kept = found.rows.set_index("example_id")
    adapter = found.snapshots[found.snapshots["model"] == "adapter"]
    lowest = adapter[adapter["step"] <= found.step].groupby("example_id")["loss"].min()
    rise = (kept["loss"] - lowest.reindex(kept.index)).fillna(0.0)
    worst = rise[rise > _LEAST_RISE].sort_values(ascending=False, kind="stable").head(RISEN)
    first = found.splits[0]
    sample = found.of(first)["example_id"].head(LINES)
    wanted = found.snapshots[found.snapshots["example_id"].isin({*worst.index, *sample})]
    by_id = dict(list(wanted.groupby("example_id")))

    def track(example_id: str) -> Track:
        rows = by_id[example_id].sort_values("step", kind="stable")
        return Track(
            example_id,
            str(kept.at[example_id, "split"]),
            [int(step) for step in rows["step"]],
            [float(loss) for loss in rows["loss"]],
            float(rise[example_id]),
        )

    return Tracks(tuple(bands), tuple(map(track, sample)), tuple(map(track, worst.index)))


def _band(snapshots: "pd.DataFrame", split: str) -> Band:
    own = snapshots[snapshots["split"] == split].groupby("step")["loss"]
    table = own.quantile(np.array([0.1, 0.5, 0.9])).unstack()
    columns = [[float(value) for value in table[q]] for q in (0.1, 0.5, 0.9)]
    return Band(split, [int(step) for step in table.index], *columns)
