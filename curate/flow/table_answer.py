"""A table stage's answer in tables and arrays: so it is kept, and parts of one are put into another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.flow.cache import StageCache
from curate.flow.entry import ROW
from curate.flow.keys import digest
from curate.flow.row_notes import RowNotes
from curate.flow.row_states import RowStates
from schemas.arrays import Ints
from schemas.arrow import DUPLICATES, duplicates_table
from schemas.stage import Delta

PAIRS = pa.schema([ROW, *DUPLICATES])
_FLAGS = pa.schema([ROW, ("flags", pa.list_(pa.string()))])
_ROWS = ("group_of", "cluster_of", "tie_of")  # columns that name rows, or -1
_OTHERS = ("group_id", "split")
_STATES = ("facts", "keys", "marks", "noted", "notes")  # of a kept answer, beside its columns
_NO_ROW = -1

Columns = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """`dropped` ascends. `events` (as in the ledger but for `seq`), `pairs` and `flags` say in a column `row`
    which row they are about, -1 where the stage has no ties. `columns` are those of a Delta that were given,
    and `tie_of`, its ties."""

    dropped: Ints
    events: pa.Table
    pairs: pa.Table
    flags: pa.Table
    columns: Columns

    @classmethod
    def of(cls, delta: Delta, events: pa.Table) -> Self:
        """`events` are those of the delta as they stand in the ledger, with `seq`."""
        ties = delta.ties
        given = {name: getattr(delta, name) for name in ("group_of", "cluster_of", *_OTHERS)}
        columns = {name: column for name, column in given.items() if column is not None}
        if ties is not None:
            columns["tie_of"] = ties.of
        flagged = sorted(delta.flags)
        return cls(
            np.array(sorted(delta.dropped), np.int64),
            _in_order(_about(ties.events if ties else None, events.drop_columns(["seq"]))),
            _about(ties.pairs if ties else None, duplicates_table(delta.pairs)),
            pa.table([pa.array(flagged, ROW.type), [delta.flags[row] for row in flagged]], schema=_FLAGS),
            {name: _narrow(column) if name in _ROWS else column for name, column in columns.items()},
        )

    @property
    def delta(self) -> Delta:
        """What a Table takes of it: no events and no pairs."""
        columns = self.columns
        return Delta(
            self.dropped.tolist(),
            [],
            flags={row["row"]: tuple(row["flags"]) for row in self.flags.to_pylist()},
            group_of=self._rows("group_of"),
            cluster_of=self._rows("cluster_of"),
            group_id=columns.get("group_id"),
            split=columns.get("split"),
        )

    @property
    def ties(self) -> Ints | None:
        return self._rows("tie_of")

    def _rows(self, name: str) -> Ints | None:
        found = self.columns.get(name)
        return None if found is None else found.astype(np.int64)

    @property
    def ledger(self) -> pa.Table:
        return self.events.drop_columns(["row"])

    def moved(self, to: Ints) -> Self:
        """What is said of the rows that go to a place that is not -1, by these. Columns keep the length of
        `to`, and only the places of these rows count."""
        return type(self)(
            to[self.dropped][to[self.dropped] >= 0],
            _moved(self.events, to),
            _moved(self.pairs, to),
            _moved(self.flags, to),
            {n: _narrow(_at(to, column)) if n in _ROWS else column for n, column in self.columns.items()},
        )

    @classmethod
    def together(cls, parts: Sequence[tuple[Self, Ints]], rows: int) -> Self:
        """Answers about different ones of so many rows. Beside each stands where its rows are (-1: the answer
        says nothing of this one)."""
        answers = [(answer.moved(to), to) for answer, to in parts]
        columns: dict[str, npt.NDArray[Any]] = {}
        for name in answers[0][0].columns:
            kinds = [answer.columns[name].dtype for answer, _ in answers]
            columns[name] = np.empty(rows, max(kinds, key=lambda kind: kind.itemsize))
            for answer, to in answers:
                columns[name][to[to >= 0]] = answer.columns[name][to >= 0]
        tables = zip(*((a.events, a.pairs, a.flags) for a, _ in answers), strict=True)
        events, pairs, flags = map(pa.concat_tables, tables)
        dropped = np.sort(np.concatenate([answer.dropped for answer, _ in answers]))
        return cls(dropped, _in_order(events), _by_row(pairs), _by_row(flags), columns)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer, and what it is the answer for: a name for all that the stage could know, and the `states` of
    the rows, with `notes` of them, where somebody may ask for them."""

    facts: str
    states: RowStates
    notes: RowNotes
    answer: Answer

    @classmethod
    def of(cls, cache: StageCache, name: str) -> Self | None:
        """What is kept under that name, if it is whole."""
        tables, arrays = cache.tables(_tables(name)), cache.arrays(_arrays(name), mapped=True)
        if tables is None or not arrays:
            return None
        about, dropped, events, pairs, flags = tables
        facts = about.column("facts")[0].as_py()
        if arrays["facts"].item() != facts.encode():  # of two builds
            return None
        columns = {name: array for name, array in arrays.items() if name not in _STATES}
        states, notes = RowStates(arrays["keys"], arrays["marks"]), RowNotes(arrays["noted"], arrays["notes"])
        answer = Answer(dropped.column("row").to_numpy(), events, pairs, flags, columns)
        return cls(facts, states, notes, answer)

    def keep(self, cache: StageCache, name: str) -> None:
        answer = self.answer
        about = pa.table({"facts": [self.facts]})
        dropped = pa.table({"row": answer.dropped})
        cache.keep_tables(_tables(name), [about, dropped, answer.events, answer.pairs, answer.flags])
        states = (self.states.keys, self.states.marks, self.notes.rows, self.notes.marks)
        named = dict(zip(_STATES, (np.array(self.facts.encode()), *states), strict=True))
        cache.keep_arrays(_arrays(name), {**named, **answer.columns})


def _tables(name: str) -> str:
    return digest([b"answer", name.encode()])


def _arrays(name: str) -> str:
    return digest([b"answer's columns/3", name.encode()])


def _about(rows: Sequence[int] | None, table: pa.Table) -> pa.Table:
    """The table with a column `row` in front."""
    about = np.full(table.num_rows, _NO_ROW, np.int32) if rows is None else np.asarray(rows, np.int32)
    return table.add_column(0, ROW, pa.array(about, ROW.type))


def _narrow(rows: npt.NDArray[np.signedinteger]) -> npt.NDArray[np.int32]:
    return rows.astype(np.int32)


def _at(to: Ints, rows: npt.NDArray[Any]) -> Ints:
    """Where these rows are, -1 for none."""
    return np.where(rows < 0, _NO_ROW, to[rows]) if len(to) else to


def _moved(table: pa.Table, to: Ints) -> pa.Table:
    rows = to[table.column("row").to_numpy()]
    here = rows >= 0
    moved = table if here.all() else table.filter(pa.array(here))
    return moved.set_column(0, ROW, pa.array(rows[here].astype(np.int32), ROW.type))


def _by_row(table: pa.Table) -> pa.Table:
    rows = table.column("row").to_numpy()
    return table if (rows[1:] >= rows[:-1]).all() else table.take(pa.array(np.argsort(rows, kind="stable")))


def _in_order(events: pa.Table) -> pa.Table:
    """What happened to rows by row, then flags by reason and row; as they came where rows are not told."""
    rows = events.column("row").to_numpy()
    if not len(rows) or rows[0] < 0:
        return events
    flagged = pc.equal(events.column("action"), "flagged")
    reasons = pc.if_else(flagged, events.column("reason"), "").combine_chunks().dictionary_encode()
    ranks = np.argsort(np.argsort(np.array(reasons.dictionary.to_pylist(), object)))
    order = np.lexsort((rows, ranks[reasons.indices.to_numpy()]))
    return events if (order[1:] > order[:-1]).all() else events.take(pa.array(order))
