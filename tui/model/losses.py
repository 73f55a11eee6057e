"""Snapshot losses of one run, laid beside the rows of a corpus: NaN where the run did not see the example."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from schemas.arrays import Floats
from schemas.errors import RunError
from train.store import LOSSES, Run
from tui.model.corpus import ABSENT, Corpus
from tui.model.dynamics import Dynamics
from tui.model.mapped import Mapped

_COLUMNS = ("base", "adapter", "lowest", "n_tokens", "max_token_nll", "truncated")
_STEP = b"step"


@dataclass(frozen=True, slots=True)
class Losses:
    """Nats per trained token by row of the corpus: the base model's, the adapter's at `step`, its last
    snapshot, and the adapter's lowest so far; `max_token_nll` in nats. `dynamics`: what all its measurements
    tell, read when asked for."""

    run: str
    dataset_version: str
    step: int
    base: Floats
    adapter: Floats
    lowest: Floats
    n_tokens: NDArray[np.int64]
    max_token_nll: Floats
    truncated: NDArray[np.bool_]
    dynamics: Dynamics

    @classmethod
    def open(cls, run: Run, corpus: Corpus, mapped: Mapped) -> "Losses":
        """Raises RunError when the table cannot be read or holds no snapshot."""
        path = run.path / LOSSES
        table = mapped.table(
            (corpus.version, run.id), path, len(corpus), lambda: _by_row(_snapshots(path), corpus, path)
        )
        columns = {name: table[name].to_numpy() for name in _COLUMNS}
        step = int(table.schema.metadata[_STEP])
        return cls(
            run=run.id,
            dataset_version=run.info.dataset_version,
            step=step,
            **columns,
            dynamics=Dynamics(run, corpus),
        )

    @property
    def gain(self) -> Floats:
        """Base minus adapter: what training took off the loss; negative where it made it worse."""
        return self.base - self.adapter

    @property
    def rise(self) -> Floats:
        """Last snapshot minus the lowest over time."""
        return self.adapter - self.lowest


def _snapshots(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, memory_map=True, filters=[("kind", "=", "snapshot")])
    except (OSError, pa.ArrowInvalid) as error:
        raise RunError(f"{path}: cannot be read ({error})", "name another run with --run") from None


def _by_row(table: pa.Table, corpus: Corpus, path: Path) -> pa.Table:
    """The columns of `Losses`, by row of the corpus; the step is in the schema's metadata."""
    adapter = table.filter(pc.equal(table["model"], "adapter"))
    base = table.filter(pc.equal(table["model"], "base"))
    last = adapter if adapter.num_rows else base
    if not last.num_rows:
        raise RunError(f"{path}: no snapshot in it yet", "wait for the run, or name another with --run")
    step = int(pc.max(last["step"]).as_py())
    latest = last.filter(pc.equal(last["step"], step))
    n = len(corpus)
    rows = _rows(corpus, latest)
    columns = {
        "base": _scatter(n, corpus, base),
        "adapter": _place(n, rows, latest["loss"], np.nan, np.float64),
        "lowest": _lowest(n, corpus, last),
        "n_tokens": _place(n, rows, latest["n_tokens"], 0, np.int64),
        "max_token_nll": _place(n, rows, latest["max_token_nll"], np.nan, np.float64),
        "truncated": _place(n, rows, latest["truncated"], False, np.bool_),
    }
    return pa.table(columns).replace_schema_metadata({_STEP: str(step)})


def _rows(corpus: Corpus, table: pa.Table) -> NDArray[np.int64]:
    return corpus.rows_of(table["example_id"])


def _scatter(n: int, corpus: Corpus, table: pa.Table) -> Floats:
    return np.asarray(_place(n, _rows(corpus, table), table["loss"], np.nan, np.float64))


def _lowest(n: int, corpus: Corpus, table: pa.Table) -> Floats:
    rows, values = _rows(corpus, table), table["loss"].to_numpy()
    lowest = np.full(n, np.inf)
    np.minimum.at(lowest, rows[rows != ABSENT], values[rows != ABSENT])
    return np.where(np.isinf(lowest), np.nan, lowest)


def _place(n: int, rows: NDArray[np.int64], values: Any, empty: Any, kind: Any) -> Any:
    placed = np.full(n, empty, dtype=kind)
    known = rows != ABSENT
    placed[rows[known]] = values.to_numpy()[known]
    return placed
