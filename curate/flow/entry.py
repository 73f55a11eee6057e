"""What a row stage made of some rows: a verdict a row, the events, and the rows that it changed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.flow.accounts import lost, placed, unplaced
from curate.flow.keys import Ids, Keys, no_keys, row_keys
from schemas.arrays import Ints
from schemas.arrow import LEDGER, ledger_table
from schemas.example import ID_LENGTH, Example
from schemas.ledger import Event
from schemas.row_table import ROWS, rows_table
from schemas.stage import Stage


class Verdict(IntEnum):
    SAME = 0
    CHANGED = 1
    DROPPED = 2


ROW = pa.field("row", pa.int32())
KEY = pa.field("key", pa.binary(32))
VERDICTS = pa.schema([KEY, pa.field("verdict", pa.uint8())])
EVENTS = pa.schema([ROW, *(field for field in LEDGER if field.name != "seq")])
CONTENTS = pa.schema([ROW, KEY, *ROWS])
NO_EVENTS = pa.schema([field for field in EVENTS if field.name != "row"]).empty_table()


@dataclass(frozen=True, slots=True)
class Entry:
    """`events` and `contents` say in their column `row` which of `keys` they are about, in ascending order.

    `contents` are rows after the stage, with the keys that they have now: those it changed, or all it kept.
    `measured` has a table of one entry a row for each of the stage's measures, where these were made.
    """

    keys: Keys
    verdicts: npt.NDArray[np.uint8]
    events: pa.Table
    contents: pa.Table
    measured: list[pa.Table] = field(default_factory=list)

    def tables(self) -> list[pa.Table]:
        return [
            pa.Table.from_arrays([key_column(self.keys), pa.array(self.verdicts)], schema=VERDICTS),
            self.events,
            self.contents,
            *self.measured,
        ]

    @classmethod
    def of_tables(cls, tables: Sequence[pa.Table]) -> "Entry":
        verdicts, events, contents, *measured = tables
        return cls(keys_in(verdicts), verdicts.column("verdict").to_numpy(), events, contents, measured)

    def content_keys(self) -> Keys:
        return keys_in(self.contents)


NO_ENTRY = Entry(no_keys(), np.empty(0, np.uint8), EVENTS.empty_table(), CONTENTS.empty_table())


def moved(table: pa.Table, place: Ints) -> pa.Table:
    """The rows that have a new place, in the order of these."""
    to = place[table.column("row").to_numpy()]
    order = np.argsort(to, kind="stable")
    order = order[to[order] >= 0]
    return table.take(pa.array(order)).set_column(0, ROW, pa.array(to[order].astype(np.int32), ROW.type))


def key_column(keys: Keys) -> pa.FixedSizeBinaryArray:
    """The keys as a column, which copies none of them."""
    data = np.ascontiguousarray(keys, f"S{KEY.type.byte_width}")
    return pa.FixedSizeBinaryArray.from_buffers(KEY.type, len(keys), [None, pa.py_buffer(data)])


def keys_in(table: pa.Table, column: str = "key") -> Keys:
    chunks = [_fixed(chunk) for chunk in table.column(column).chunks]
    return np.concatenate([no_keys(), *chunks])


def _fixed(chunk: pa.FixedSizeBinaryArray) -> Keys:
    width = KEY.type.byte_width
    return np.frombuffer(chunk.buffers()[1], f"S{width}", len(chunk), chunk.offset * width)


def ids_in(table: pa.Table) -> Ids:
    return np.array(table.column("example_id").to_pylist(), np.dtype((np.bytes_, ID_LENGTH)))


def enter(stage: Stage, rows: Sequence[Example], keys: Keys, keep_all: bool) -> Entry:
    """Runs a row stage. Raises GateError where it lost or doubled a row, or dropped one without a word."""
    after: dict[int, Example] = {}
    happened: dict[int, list[Event]] = defaultdict(list)
    for positions in _with_ids_of_their_own(rows):
        _run(stage, rows, positions, after, happened)
    changed = [at for at in range(len(rows)) if at in after and (keep_all or after[at] != rows[at])]
    contents = [after[at] for at in changed]
    verdicts = np.array([_verdict(row, after.get(at)) for at, row in enumerate(rows)], np.uint8)
    return Entry(keys, verdicts, _events(happened), _contents(changed, contents))


def _verdict(before: Example, after: Example | None) -> Verdict:
    if after is None:
        return Verdict.DROPPED
    return Verdict.SAME if after == before else Verdict.CHANGED


def _with_ids_of_their_own(rows: Sequence[Example]) -> Iterator[list[int]]:
    """Positions in runs in which no id stands twice: exact copies share one, and events name rows by id."""
    runs: list[list[int]] = []
    seen: dict[str, int] = defaultdict(int)
    for at, row in enumerate(rows):
        run = seen[row.example_id]
        seen[row.example_id] += 1
        if run == len(runs):
            runs.append([])
        runs[run].append(at)
    yield from runs


def _run(
    stage: Stage,
    rows: Sequence[Example],
    positions: list[int],
    after: dict[int, Example],
    happened: dict[int, list[Event]],
) -> None:
    outcome = stage([rows[at] for at in positions])
    by_id = {rows[at].example_id: at for at in positions}
    kept = [by_id.get(row.example_id) for row in outcome.rows]
    dropped = [by_id.get(e.example_id) for e in outcome.events if e.action == "dropped"]
    if None in kept or sorted([*kept, *dropped], key=str) != sorted(positions, key=str):
        ids = {row.example_id for row in outcome.rows}
        odd = sorted(i for i in by_id if i not in ids)[:5] or sorted(ids - by_id.keys())[:5]
        raise lost(stage.name, odd)
    after.update(zip([at for at in kept if at is not None], outcome.rows, strict=True))
    for event in outcome.events:
        at = by_id[event.example_id]
        happened[at].append(placed(event, rows[at]) if unplaced(event) else event)


def _events(happened: dict[int, list[Event]]) -> pa.Table:
    rows = [at for at in sorted(happened) for _ in happened[at]]
    table = ledger_table([event for at in sorted(happened) for event in happened[at]])
    return table.set_column(0, ROW, pa.array(rows, ROW.type))


def _contents(positions: Sequence[int], rows: Sequence[Example]) -> pa.Table:
    columns = [pa.array(positions, ROW.type), key_column(row_keys(rows))]
    return pa.Table.from_arrays([*columns, *rows_table(rows).columns], schema=CONTENTS)
