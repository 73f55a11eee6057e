"""What a row stage answered for the rows of a part, in all builds so far.

Verdicts and events are in one file a part. The rows that came out lie in files of their own, one for each
time that rows were new, and are read when somebody asks for a text.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.flow.cache import StageCache
from curate.flow.entry import KEY, NO_EVENTS, ROW, Entry, key_column, keys_in, moved
from curate.flow.gathering import gathered
from curate.flow.keys import Keys, digest, no_keys
from schemas.arrays import Ints
from schemas.row_table import ROWS

_MOST = 32  # files of rows a part; more than that and the part is answered anew
_NO_ROW = -1
_NO_KEY = b"0" * KEY.type.byte_width
_ANSWERS = pa.schema(
    [
        KEY,
        pa.field("verdict", pa.uint8()),
        pa.field("content_key", KEY.type),
        pa.field("file", pa.int32()),
        pa.field("place", pa.int32()),
    ]
)


def _no_numbers() -> npt.NDArray[np.int32]:
    return np.empty(0, np.int32)


@dataclass(slots=True)
class Answers:
    """One entry a row: its key, the verdict, the key of the row that came out of it, and where this is: the
    number of a file (-1: nowhere, the stage left the row alone or dropped it) and the place in it. `events`
    say in their column `row` which row they are about."""

    keys: Keys = field(default_factory=no_keys)
    verdicts: npt.NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    content_keys: Keys = field(default_factory=no_keys)
    files: npt.NDArray[np.int32] = field(default_factory=_no_numbers)
    places: npt.NDArray[np.int32] = field(default_factory=_no_numbers)
    events: pa.Table = field(default_factory=lambda: NO_EVENTS.add_column(0, ROW, pa.array([], ROW.type)))
    names: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, cache: StageCache, key: str) -> "Answers":
        """What is kept under that key; nothing where it is not whole."""
        tables = cache.tables(key)
        if tables is None:
            return cls()
        rows, events, names = tables
        return cls(
            keys_in(rows),
            rows.column("verdict").to_numpy(),
            keys_in(rows, "content_key"),
            rows.column("file").to_numpy(),
            rows.column("place").to_numpy(),
            events,
            names.column("name").to_pylist(),
        )

    def keep(self, cache: StageCache, key: str) -> None:
        columns = [
            key_column(self.keys),
            pa.array(self.verdicts),
            key_column(self.content_keys),
            pa.array(self.files),
            pa.array(self.places),
        ]
        names = pa.table({"name": pa.array(self.names, pa.string())})
        cache.keep_tables(key, [pa.Table.from_arrays(columns, schema=_ANSWERS), self.events, names])

    def with_entry(self, cache: StageCache, key: str, entry: Entry) -> "Answers":
        """These and those of an engine's `entry`, whose rows are kept under a name of their own."""
        if self.full:
            raise ValueError("full: start with no answers")
        name = digest([b"contents", key.encode(), entry.keys.tobytes()])
        cache.keep_tables(name, [entry.contents.select(ROWS.names)])
        size = len(entry.keys)
        rows = entry.contents.column("row").to_numpy()
        content_keys = np.full(size, _NO_KEY)
        content_keys[rows] = entry.content_keys()
        files, places = np.full(size, _NO_ROW, np.int32), np.full(size, _NO_ROW, np.int32)
        files[rows] = len(self.names)
        places[rows] = np.arange(len(rows))
        return Answers(
            np.concatenate([self.keys, entry.keys]),
            np.concatenate([self.verdicts, entry.verdicts]),
            np.concatenate([self.content_keys, content_keys]),
            np.concatenate([self.files, files]),
            np.concatenate([self.places, places]),
            pa.concat_tables([self.events, moved(entry.events, len(self.keys) + np.arange(size))]),
            [*self.names, name],
        )

    @property
    def full(self) -> bool:
        return len(self.names) >= _MOST

    def events_of(self, rows: Ints) -> pa.Table:
        """The events about some of the rows, in this order, as in the ledger but without `seq`."""
        place = np.full(len(self.keys), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        return moved(self.events, place).drop_columns(["row"])

    def contents(self, cache: StageCache, rows: Ints, again: Callable[[Ints], pa.Table]) -> "Contents":
        """A provider of the rows that came out of `rows`, all of which have one. `again` makes them anew, by
        their places in `rows`, where a file is lost."""
        return Contents(cache, self.names, self.files[rows], self.places[rows], again)


@dataclass(frozen=True, slots=True)
class Contents:
    """A provider of `curate.flow.table`."""

    cache: StageCache
    names: list[str]
    files: npt.NDArray[np.int32]
    places: npt.NDArray[np.int32]
    again: Callable[[Ints], pa.Table]

    def __call__(self, index: Ints) -> pa.Table:
        def some(file: int, mine: Ints) -> pa.Table:
            rows = index[mine]
            kept = self.cache.tables(self.names[file])
            return self.again(rows) if kept is None else kept[0].take(pa.array(self.places[rows]))

        return gathered(self.files[index], some)


def entry_key(step_key: str, part_id: str, keep_all: bool) -> str:
    """Where the answers of a step for the rows of a part are kept."""
    return digest([b"rows", step_key.encode(), part_id.encode(), bytes([keep_all])])
