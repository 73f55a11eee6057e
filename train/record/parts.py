"""The loss tables of a run while it trains: small Parquet parts, whole or absent, each named by its step.

    parts/seen-00000040.parquet              examples seen in training up to step 40, since the part before
    parts/adapter-00000040.parquet           snapshot of the adapter after step 40
    parts/adapter-00000040.tokens.parquet    its token losses
    parts/base-00000000.parquet, …           the same for the untuned model

A part belongs to the training state of its step. Going back to a checkpoint discards the parts after it.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from curate import atomic
from schemas.arrow import LOSSES, TOKENS
from train.record.recorder import StepLosses
from train.record.snapshots import Measured
from train.rows import Row

Model = Literal["base", "adapter"]
_ROW_GROUP = 1 << 17
_TOKENS = ".tokens"


class Parts:
    """The parts of one run, over the rows that all indices refer to."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        self._folder = folder
        self._rows = rows
        self._ids = pa.array([row.example_id for row in rows])
        self._splits = pa.array([row.split for row in rows])
        self._n_trained = np.array([row.n_trained for row in rows], dtype=np.int32)
        self._truncated = np.array([row.truncated for row in rows], dtype=bool)
        self._seen: list[pa.Table] = []
        self._seen_step = 0

    def see(self, step: int, epoch: float, losses: StepLosses) -> None:
        """Keeps a training step's losses until `flush`."""
        columns = (losses.nll, losses.max_token_nll, losses.n_correct)
        self._seen.append(self._table("seen", "adapter", step, epoch, losses.rows, *columns))
        self._seen_step = step

    def flush(self) -> None:
        """Writes what was seen since the last flush."""
        if self._seen:
            self._write(f"seen-{self._seen_step:08}", pa.concat_tables(self._seen))
            self._seen = []

    def snapshot(self, model: Model, step: int, epoch: float, measured: Measured) -> None:
        columns = (measured.nll, measured.max_token_nll, measured.n_correct)
        table = self._table("snapshot", model, step, epoch, measured.rows, *columns)
        # The tokens go first: where the losses stand, the snapshot is whole.
        self._write(f"{model}-{step:08}{_TOKENS}", self._token_table(model, step, measured))
        self._write(f"{model}-{step:08}", table)

    def has(self, model: Model, step: int, *, rows: int = 0) -> bool:
        """Whether a snapshot stands that has as many rows, or more."""
        path = self._path(f"{model}-{step:08}")
        return path.exists() and pq.read_metadata(path).num_rows >= rows

    def loss(self, model: Model, step: int, split: str) -> float | None:
        """Σ nll / Σ trained tokens of a snapshot's split, in nats; None where it holds none of it."""
        table = pq.read_table(self._path(f"{model}-{step:08}"), columns=["split", "n_tokens", "nll_sum"])
        chosen = table.filter(pa.compute.equal(table["split"], split))
        if not len(chosen):
            return None
        return float(pa.compute.sum(chosen["nll_sum"]).as_py() / pa.compute.sum(chosen["n_tokens"]).as_py())

    def scores(self, _model: Model, _step: int, _split: str) -> dict[str, float]:
        """What else a task says of a snapshot's split, by name; nothing where its loss says it all."""
        return {}

    def snapshots(self, model: Model) -> list[int]:
        """Steps of the snapshots that stand, ascending."""
        names = (path.stem.removeprefix(f"{model}-") for path in self._folder.glob(f"{model}-*.parquet"))
        return sorted(int(name) for name in names if name.isdigit())

    def discard_after(self, step: int) -> None:
        """Removes every part that training beyond `step` made."""
        self._seen = []
        atomic.sweep(self._folder)
        for path in self._folder.glob("*.parquet"):
            if int(path.stem.partition(".")[0].partition("-")[2]) > step:
                path.unlink()

    def assemble(self, losses: Path, tokens: Path, last: Sequence[tuple[Model, int]]) -> None:
        """Writes the run's tables: all losses, in the order they were taken, and the tokens of `last`."""
        whole = [path for path in self._folder.glob("*.parquet") if "." not in path.stem]
        join(sorted(whole, key=_taken), losses, LOSSES)
        join([self._path(f"{model}-{step:08}{_TOKENS}") for model, step in last], tokens, TOKENS)

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"

    def _write(self, name: str, table: pa.Table) -> None:
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        atomic.write_bytes(self._path(name), sink.getvalue().to_pybytes())

    def _table(
        self,
        kind: Literal["seen", "snapshot"],
        model: Model,
        step: int,
        epoch: float,
        rows: NDArray[np.int64],
        nll: NDArray[np.float64],
        highest: NDArray[np.float64],
        correct: NDArray[np.int32],
    ) -> pa.Table:
        n, tokens = len(rows), self._n_trained[rows]
        columns = {
            "example_id": self._ids.take(pa.array(rows)),
            "split": self._splits.take(pa.array(rows)),
            "kind": pa.repeat(kind, n),
            "model": pa.repeat(model, n),
            "step": pa.repeat(pa.scalar(step, pa.int64()), n),
            "epoch": pa.repeat(float(epoch), n),
            "n_tokens": tokens,
            "nll_sum": nll,
            "loss": nll / tokens,
            "max_token_nll": highest,
            "n_correct": correct,
            "truncated": self._truncated[rows],
        }
        return pa.table(columns, schema=LOSSES)

    def _token_table(self, model: Model, step: int, measured: Measured) -> pa.Table:
        rows = [self._rows[i] for i in measured.rows.tolist()]
        offsets = np.cumsum([0, *(row.n_trained for row in rows)], dtype=np.int32)
        ids = [row.targets for row in rows]
        columns = {
            "example_id": self._ids.take(pa.array(measured.rows)),
            "model": pa.repeat(model, len(rows)),
            "step": pa.repeat(pa.scalar(step, pa.int64()), len(rows)),
            "token_ids": pa.ListArray.from_arrays(offsets, pa.array(_flat(ids, np.int32))),
            "nll": pa.ListArray.from_arrays(offsets, pa.array(_flat(measured.token_nll, np.float32))),
        }
        return pa.table(columns, schema=TOKENS)


def _taken(part: Path) -> tuple[int, int]:
    """Sorts parts by step; what was seen up to a step comes before the snapshot after it."""
    kind, _, step = part.stem.partition("-")
    return int(step), ("base", "seen", "adapter").index(kind)


def _flat(pieces: Sequence[object], dtype: type) -> NDArray[np.generic]:
    return np.concatenate([np.asarray(p, dtype=dtype) for p in pieces]) if pieces else np.empty(0, dtype)


def join(paths: Sequence[Path], target: Path, schema: pa.Schema) -> None:
    """The tables end to end in row groups of one size, so that the same rows are the same bytes however
    they were cut into parts."""
    temporary = target.with_name(f".tmp-{target.name}")
    with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for group in _groups(paths):
            writer.write_table(group, row_group_size=_ROW_GROUP)
    atomic.sync(temporary)
    temporary.replace(target)
    atomic.sync(target.parent)


def _groups(paths: Sequence[Path]) -> Iterator[pa.Table]:
    waiting: pa.Table | None = None
    for path in paths:
        table = pq.read_table(path)
        waiting = table if waiting is None else pa.concat_tables([waiting, table])
        while len(waiting) >= _ROW_GROUP:
            yield waiting.slice(0, _ROW_GROUP).combine_chunks()
            waiting = waiting.slice(_ROW_GROUP)
    if waiting is not None and len(waiting):
        yield waiting.combine_chunks()
