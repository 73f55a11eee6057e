"""What a whole journal comes to: how many examples everyone decided, and how fast one annotator does today.

Counted from columns, in a thread: 100,000 decisions would take seconds as such, and keys wait meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curate.journal import Journal
from tui.model.in_force import in_force
from tui.model.pace import Pace
from tui.model.today import not_before

_COLUMNS = ("example_id", "annotator", "verdict", "undoes", "decided_at", "batch")


@dataclass(frozen=True, slots=True)
class Tally:
    """`decided` are examples by annotator, those included that the version does not have; `pace` is one
    annotator's."""

    decided: Mapping[str, int]
    pace: Pace

    @classmethod
    def read(cls, journal: Journal, annotator: str, since: datetime) -> "Tally":
        """The pace is that of decisions in force made since then. Raises JournalError."""
        is_new = not_before(since)
        seqs: list[NDArray[Any]] = []
        undoes: list[NDArray[Any]] = []
        said: list[pa.Table] = []
        made: list[tuple[int, str | int, str]] = []  # seq, step and time
        taken_back: set[int] = set()
        for page in journal.pages(*_COLUMNS):
            seq, example_id, who, verdict, undone, _, _ = zip(*page, strict=True)
            seqs.append(np.array(seq, dtype=np.int64))
            undoes.append(np.array([other or 0 for other in undone], dtype=np.int64))
            said.append(pa.table({"who": who, "id": example_id, "verdict": verdict}))
            for number, _, name, _, other, at, batch in page:
                if name == annotator and other is not None:
                    taken_back.add(other)
                elif name == annotator and is_new(at):
                    made.append((number, batch or number, at))
        if not said:
            return cls({}, Pace.of(()))
        steps = [(step, datetime.fromisoformat(at)) for seq, step, at in made if seq not in taken_back]
        return cls(_by_annotator(np.concatenate(seqs), np.concatenate(undoes), said), Pace.of(steps))


def _by_annotator(seqs: NDArray[np.int64], undoes: NDArray[np.int64], said: list[pa.Table]) -> dict[str, int]:
    """How many examples each decided, skips and what was taken back left out."""
    rows = pa.concat_tables(said)
    stands = in_force(seqs, undoes) & (rows["verdict"].to_numpy() != "skip")
    once = rows.filter(pa.array(stands)).group_by(["who", "id"]).aggregate([])
    counts = once["who"].value_counts()
    pa.default_memory_pool().release_unused()
    return dict(zip(*(counts.field(at).to_pylist() for at in range(2)), strict=True))
