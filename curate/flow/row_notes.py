"""What a table stage is told of rows that does not stand in them: a mark for each row that it is told of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from curate.flow.keys import Ids, digest
from curate.flow.row_states import add_marks
from curate.similarity.sets import among
from schemas.arrays import Bools, Ints, Uint64s


@dataclass(frozen=True, slots=True, eq=False)
class RowNotes:
    """`rows` ascend, and each has one of the `marks`."""

    rows: Ints
    marks: Uint64s

    @classmethod
    def of(cls, ids: Ids, at: Ints, told: Mapping[str, str]) -> Self:
        """What is `told` by example id, for the rows that stand `at` these places among the `ids`."""
        marks = np.zeros(len(at), np.uint64)
        if told:
            named = among(ids, told)
            add_marks(marks, at, named, [told[ids.item(place).decode()] for place in named.tolist()])
        rows = np.flatnonzero(marks)
        return cls(rows, marks[rows])

    def facts(self) -> str:
        """A name for them."""
        return digest([self.rows.tobytes(), self.marks.tobytes()])

    def changed(self, now: "RowNotes", to: Ints, rows: int) -> Bools:
        """Of which of so many rows something else is told `now`; `to` says where each row of before is."""
        before, after = np.zeros((2, rows), np.uint64)
        there = to[self.rows]
        before[there[there >= 0]] = self.marks[there >= 0]
        after[now.rows] = now.marks
        return np.asarray(before != after)
