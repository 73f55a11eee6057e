"""What a run's losses over time tell, laid beside the rows of a corpus, computed when first asked for."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from train.dynamics.columns import COLUMNS, Signal
from train.dynamics.noise import PARTS
from train.store import Run
from tui.model.corpus import ABSENT, Corpus

if TYPE_CHECKING:
    import pandas as pd


class Dynamics:
    """The signals of `train.dynamics` by row of the corpus. Opening reads nothing: a review of another queue
    does not wait for it."""

    def __init__(self, run: Run, corpus: Corpus) -> None:
        self._run = run
        self._corpus = corpus

    def signal(self, name: Signal) -> tuple[Floats, Floats]:
        """By row of the corpus, NaN where the run did not measure it: the number, and how bad it is, higher
        being worse. Raises RunError where the losses cannot be read."""
        column, values = COLUMNS[name], self._column(name)
        worse = -values if column.worst == "low" else values.copy()
        if column.unknown_worst:
            worse[np.isnan(values) & ~np.isnan(self._column("correctness"))] = np.inf
        return values, worse

    def measured(self, name: Signal) -> bool:
        return not np.isnan(self.signal(name)[1]).all()

    def parts(self, row: int) -> list[tuple[str, float]]:
        """The parts of the noise rank by name, the most suspicious first."""
        found = [(part, float(self._column(f"noise_{part}")[row])) for part in PARTS]
        return sorted(((part, share) for part, share in found if share == share), key=lambda pair: -pair[1])

    def lines(self, row: int) -> list[str]:
        """In words, everything that is known of one example."""
        from train.dynamics.words import told

        at = self._rows[row]
        return told(self._table.iloc[at].to_dict()) if at != ABSENT else []

    def _column(self, name: str) -> Floats:
        values = self._table[name].to_numpy(dtype=np.float64)
        if not len(values):
            return np.full(len(self._corpus), np.nan)
        return np.where(self._rows == ABSENT, np.nan, values[self._rows])

    @cached_property
    def _table(self) -> "pd.DataFrame":
        from train.dynamics.frame import example_dynamics

        return example_dynamics(self._run)

    @cached_property
    def _rows(self) -> NDArray[np.int64]:
        """The row of the table for each row of the corpus, or ABSENT."""
        rows = np.full(len(self._corpus), ABSENT, dtype=np.int64)
        at = self._corpus.rows_of(self._table["example_id"].tolist())
        known = np.flatnonzero(at != ABSENT)
        rows[at[known]] = known
        return rows
