"""The tables of a run with classes: the losses as of any run, and what was predicted.

parts/adapter-00000040.predictions.parquet   beside the losses of that snapshot
predictions.parquet                          base model and kept adapter; see `schemas.arrow.PREDICTIONS`
confusion.csv                                split, label, predicted, n: of the kept adapter
"""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curate import atomic
from schemas.arrow import PREDICTIONS as SCHEMA
from train.classifying.meter import PREDICTED, PROBABILITY
from train.classifying.rows import ClassRow
from train.classifying.scores import Ids, accuracy, confusion, macro_f1
from train.record.parts import Model, Parts, join
from train.record.snapshots import Measured
from train.store import CONFUSION, PREDICTIONS

_SUFFIX = ".predictions"


class ClassParts(Parts):
    """As `Parts`, over rows with a class. `names` are the classes by id."""

    def __init__(self, folder: Path, rows: Sequence[ClassRow], names: Sequence[str]) -> None:
        super().__init__(folder, rows)
        self._names = list(names)
        self._labels = np.array([row.label for row in rows], dtype=np.int32)

    def snapshot(self, model: Model, step: int, epoch: float, measured: Measured) -> None:
        # Before the losses: where they stand, the snapshot is whole.
        self._write(f"{model}-{step:08}{_SUFFIX}", self._predicted(model, step, measured))
        super().snapshot(model, step, epoch, measured)

    def scores(self, model: Model, step: int, split: str) -> dict[str, float]:
        path = self._path(f"{model}-{step:08}{_SUFFIX}")
        if not path.exists():
            return {}
        table = self._confusion(path, split)
        return {"accuracy": accuracy(table), "macro_f1": macro_f1(table)} if table.sum() else {}

    def assemble(self, losses: Path, tokens: Path, last: Sequence[tuple[Model, int]]) -> None:
        super().assemble(losses, tokens, last)
        paths = [self._path(f"{model}-{step:08}{_SUFFIX}") for model, step in last]
        join(paths, losses.with_name(PREDICTIONS), SCHEMA)
        kept = next(path for path, (model, _) in zip(paths, last, strict=True) if model == "adapter")
        atomic.write_text(losses.with_name(CONFUSION), self._csv(kept))

    def _predicted(self, model: Model, step: int, measured: Measured) -> pa.Table:
        rows = pa.array(measured.rows)
        predicted = measured.beside[PREDICTED].astype(np.int32)
        columns = {
            "example_id": self._ids.take(rows),
            "split": self._splits.take(rows),
            "model": pa.repeat(model, len(rows)),
            "step": pa.repeat(pa.scalar(step, pa.int64()), len(rows)),
            "label": self._named(self._labels[measured.rows]),
            "predicted": self._named(predicted),
            "probability": measured.beside[PROBABILITY],
            "label_probability": np.exp(-measured.nll),
        }
        return pa.table(columns, schema=SCHEMA)

    def _named(self, ids: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> pa.Array:
        return pa.array(self._names).take(pa.array(ids))

    def _confusion(self, path: Path, split: str) -> Ids:
        table = pq.read_table(path, filters=[("split", "=", split)], columns=["label", "predicted"])
        places = pa.array(self._names)
        ids = [
            pa.compute.index_in(table[name], value_set=places).to_numpy().astype(np.int64)
            for name in ("label", "predicted")
        ]
        return confusion(ids[0], ids[1], len(self._names))

    def _csv(self, path: Path) -> str:
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("split", "label", "predicted", "n"))
        for split in ("train", "validation", "test"):
            table = self._confusion(path, split)
            for label, predicted in np.argwhere(table).tolist():
                writer.writerow(
                    (split, self._names[label], self._names[predicted], table[label, predicted].item())
                )
        return text.getvalue()
