"""How each example's loss went over a run, by row of the corpus: mapped from a file, so that a million rows
cost no memory and are read once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.arrays import Floats
from train.dynamics.course import read_course
from train.store import LOSSES, Run
from tui.model.corpus import ABSENT, Corpus
from tui.model.mapped import Mapped

_EPOCHS = b"epochs"
_SNAPSHOT, _SEEN = "snapshot ", "seen "


@dataclass(frozen=True, slots=True)
class Courses:
    """Nats per trained token by row, NaN where the run did not measure it: `base` of the untuned model,
    `snapshots` of the adapter at each of `epochs`, `seen` in training, epoch by epoch. `measured`: rows that
    the run knows."""

    base: Floats
    snapshots: tuple[Floats, ...]
    epochs: tuple[float, ...]
    seen: tuple[Floats, ...]
    measured: NDArray[np.bool_]

    @classmethod
    def open(cls, run: Run, corpus: Corpus, mapped: Mapped) -> "Courses":
        """Raises RunError where the run's losses are missing or damaged. A thread may call it."""
        table = mapped.table(
            (corpus.version, run.id), run.path / LOSSES, len(corpus), lambda: _by_row(run, corpus), "courses"
        )
        epochs = np.frombuffer(table.schema.metadata[_EPOCHS], dtype=np.float64)
        return cls(
            base=table["base"].to_numpy(),
            snapshots=_columns(table, _SNAPSHOT),
            epochs=tuple(epochs.tolist()),
            seen=_columns(table, _SEEN),
            measured=table["measured"].to_numpy(),
        )


def _by_row(run: Run, corpus: Corpus) -> pa.Table:
    course = read_course(run)
    rows = corpus.rows_of(course.example_ids)
    known = rows != ABSENT

    def placed(values: NDArray[Any], empty: Any) -> NDArray[Any]:
        made = np.full(len(corpus), empty, dtype=values.dtype)
        made[rows[known]] = values[known]
        return made

    columns = {
        "base": placed(course.base, np.nan),
        "measured": placed(np.ones(len(rows), dtype=np.bool_), False),
        **{f"{_SNAPSHOT}{at}": placed(loss, np.nan) for at, loss in enumerate(course.snapshots.loss.T)},
        **{f"{_SEEN}{at}": placed(loss, np.nan) for at, loss in enumerate(course.seen.loss.T)},
    }
    epochs = np.asarray(course.snapshots.epoch, dtype=np.float64).tobytes()
    return pa.table(columns).replace_schema_metadata({_EPOCHS: epochs})


def _columns(table: pa.Table, of: str) -> tuple[Floats, ...]:
    return tuple(table[name].to_numpy() for name in table.column_names if name.startswith(of))
