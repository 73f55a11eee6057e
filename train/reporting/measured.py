"""A row per example of a finished run: its losses by the base model and by the adapter that was kept."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from curate.version import SPLITS, DatasetVersion
from schemas.errors import RunError
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 1500  # points that a plot shows of a split
MEASURED = ("example_id", "split", "n_tokens", "truncated", "nll", "loss", "base_nll", "base", "gain")


@dataclass(frozen=True)
class Measured:
    """`rows`: columns `MEASURED`, with `source` (None where the version is gone), `tags` (a tuple) and
    `group` (what is drawn together); by split and id. nll in nats, losses and gain (base less adapter) in
    nats per trained token, NaN where the base model was not measured. `snapshots`: all of the run's."""

    rows: "pd.DataFrame"
    snapshots: "pd.DataFrame"
    step: int

    @cached_property
    def splits(self) -> list[str]:
        """Splits that have rows, in the usual order."""
        present = set(self.rows["split"])
        return [split for split in SPLITS if split in present] + sorted(present - set(SPLITS))

    def of(self, split: str) -> "pd.DataFrame":
        return self.rows[self.rows["split"] == split]

    def sample(self, split: str) -> "pd.DataFrame":
        """Up to SAMPLE rows: the first by id, which is a hash, so no particular ones."""
        return self.of(split).head(SAMPLE)


def measured(run: Run, version: DatasetVersion | None) -> Measured:
    """Raises RunError where the run has no losses yet, or no snapshot of its adapter."""
    losses = run.losses()
    snapshots = losses[losses["kind"] == "snapshot"]
    adapter = snapshots[snapshots["model"] == "adapter"]
    if adapter.empty:
        raise RunError(f"{run.path}: no snapshot of the adapter", "train again with `train run`")
    step = run.info.final.best_step
    step = int(adapter["step"].max()) if step is None else step
    kept = adapter[adapter["step"] == step].set_index("example_id")
    base = snapshots[snapshots["model"] == "base"].drop_duplicates("example_id").set_index("example_id")
    rows = kept[["split", "n_tokens", "truncated", "loss"]].assign(nll=kept["nll_sum"])
    rows = rows.assign(base_nll=base["nll_sum"].reindex(rows.index), base=base["loss"].reindex(rows.index))
    rows = rows.assign(gain=rows["base"] - rows["loss"]).reset_index()
    rows = rows.sort_values(["split", "example_id"], kind="stable", ignore_index=True)
    return Measured(_with_places(rows, version), snapshots, step)


def _with_places(rows: "pd.DataFrame", version: DatasetVersion | None) -> "pd.DataFrame":
    import pandas as pd

    if version is None:
        tags = pd.Series([()] * len(rows), dtype=object)
        return rows.assign(source=None, tags=tags, group=rows["example_id"])
    read = [
        version.read(
            f"data/{split}.parquet", columns=["example_id", "source", "tags", "group_id"]
        ).to_pandas()
        for split, n in version.splits.items()
        if n
    ]
    places = pd.concat(read).drop_duplicates("example_id").set_index("example_id")
    found = places.reindex(rows["example_id"])
    own = [tuple(t) if isinstance(t, np.ndarray | list) else () for t in found["tags"]]
    sources = [s if isinstance(s, str) else None for s in found["source"]]
    groups = found["group_id"].where(found["group_id"].notna(), found.index).to_numpy()
    return rows.assign(
        source=pd.Series(sources, dtype=object), tags=pd.Series(own, dtype=object), group=groups
    )
