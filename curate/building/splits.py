"""The finished rows as `data/*.parquet`: the system prompt first, each row in its split, in row groups.

Where a row group ends depends on the rows near by alone: it is the first end of a part at which there are
enough rows. So one row more or less changes one row group, and a build takes the others over from the version
before it, byte for byte.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.building.row_groups import ParquetFile, RowGroup, encoded
from curate.building.standing import Standing
from curate.flow.keys import Ids, digest
from curate.flow.row_states import marks_of
from curate.flow.table import Table
from curate.similarity.threads import ahead, cores
from curate.version import SPLITS
from schemas.arrays import Ints, Uint64s
from schemas.canonical import to_json

ROW_GROUP = 8_192  # rows, and up to a part more
_PART = 2048  # rows; a part that is longer is cut
_VERSION = 1  # of how rows are written


@dataclass(slots=True)
class _Group:
    """Rows that make a row group: their positions, and a key for all that decides its bytes. `tables` are
    those of its rows that are at hand, where it is made anew."""

    split: str
    at: Ints
    key: str
    tables: list[pa.Table] = field(default_factory=list)


def write_splits(
    folder: Path, name: str, table: Table, system_prompt: str | None, schema: pa.Schema, standing: Standing
) -> dict[str, int]:
    """Writes the files of the version `name` into `folder` and returns the rows of each split. `standing` are
    the row groups of the version before, and hears of those written."""
    files = {split: ParquetFile(folder / f"data/{split}.parquet", schema) for split in SPLITS}
    style = to_json([str(schema), system_prompt, pa.__version__, _VERSION])
    writing = _Writing(table, system_prompt, schema, standing)
    groups = writing.ready(list(_groups(table, style)))
    for group, made in ahead(writing.made, groups, most=cores(), threads=cores()):
        file = files[group.split]
        standing.written(group.key, f"{name}/data/{group.split}.parquet", file.size, made)
        file.add(made)
    for file in files.values():
        file.close()
    return {f"data/{split}.parquet": file.rows for split, file in files.items()}


def _groups(table: Table, style: str) -> Iterator[_Group]:
    """The row groups of all splits, in the order in which their last rows come."""
    starts = [np.arange(s.first, s.first + max(len(s.index), 1), _PART) for s in table.stretches]
    ends = np.append(np.concatenate([np.empty(0, np.int64), *starts])[1:], len(table.ids))
    found: list[tuple[int, int, _Group]] = []
    about = _About(marks_of(table.groups, table.clusters), np.array(sorted(table.flags), np.int64), style)
    for number, split in enumerate(SPLITS):
        positions = np.flatnonzero(table.alive & (table.splits == split.encode()))
        cuts = [0]
        for end in np.searchsorted(positions, ends).tolist():
            if end - cuts[-1] >= ROW_GROUP:
                cuts.append(end)
        for start, end in pairwise(dict.fromkeys([*cuts, len(positions)])):
            at = positions[start:end]
            found.append((int(at[-1]), number, _Group(split, at, _key(table, at, about))))
    yield from (group for *_, group in sorted(found, key=lambda each: each[:2]))


@dataclass(frozen=True, slots=True)
class _About:
    """What all row groups have in common, and of rows what stands beside their keys: a mark for the group and
    the cluster of each; which of them are flagged, in order."""

    marks: Uint64s
    flagged: Ints
    style: str


def _key(table: Table, at: Ints, about: _About) -> str:
    some = about.flagged[slice(*np.searchsorted(about.flagged, [at[0], at[-1] + 1]))]
    places = np.searchsorted(at, some)
    own = at[places] == some
    flags = [
        [place, table.flags[position]]
        for place, position in zip(places[own].tolist(), some[own].tolist(), strict=True)
    ]
    told = [about.style.encode(), to_json(flags).encode()]
    return digest([*told, table.keys[at].tobytes(), about.marks[at].tobytes()])


class _Writing:
    """The row groups of a table: taken over from the version before, or made of its rows."""

    def __init__(
        self, table: Table, system_prompt: str | None, schema: pa.Schema, standing: Standing
    ) -> None:
        self._table = table
        self._system_prompt = system_prompt
        self._schema = schema
        self._standing = standing

    def ready(self, groups: Sequence[_Group]) -> Iterator[_Group]:
        """Every one in order, with its rows at hand where it is to be made; they are read a little ahead."""
        waiting = deque(groups)
        wanted = _by_part(self._table, (group for group in groups if not self._standing.has(group.key)))

        def until(end: int) -> Iterator[_Group]:
            while waiting and waiting[0].at[-1] < end:
                yield waiting.popleft()

        def finished(part: int) -> pa.Table:
            return self._finished(part, np.concatenate([at for _, at in wanted[part]]))

        parts = sorted(wanted)
        for part, rows in zip(parts, ahead(finished, parts), strict=True):
            yield from until(self._table.stretches[part].first)
            start = 0
            for group, at in wanted[part]:
                group.tables.append(rows.slice(start, len(at)))
                start += len(at)
        yield from until(len(self._table.ids))

    def made(self, group: _Group) -> tuple[_Group, RowGroup]:
        """It is written in order; until then several threads take others over, or encode them."""
        known = None if group.tables else self._standing.take(group.key)
        if known is not None:
            return group, known
        if not group.tables:  # it was there a moment ago
            own = _by_part(self._table, [group])
            group.tables = [self._finished(part, own[part][0][1]) for part in own]
        rows = pa.concat_tables(group.tables)
        group.tables.clear()
        return group, encoded(rows)

    def _finished(self, part: int, at: Ints) -> pa.Table:
        """Rows of a part as they are written."""
        table, schema = self._table, self._schema
        rows = table.contents(part, at).combine_chunks()
        message = schema.field("messages").type.value_type
        columns = {
            "messages": _messages(rows.column("messages"), self._system_prompt, message),
            "group_id": _ids(table.groups[at]),
            "cluster_id": _ids(table.clusters[at]),
            "flags": _flags(table, at, rows.column("flags")),
        }
        return pa.Table.from_arrays(
            [columns[name] if name in columns else rows.column(name) for name in schema.names], schema=schema
        )


def _by_part(table: Table, groups: Iterable[_Group]) -> dict[int, list[tuple[_Group, Ints]]]:
    """The rows of these groups by their parts."""
    firsts = np.array([stretch.first for stretch in table.stretches])
    found: dict[int, list[tuple[_Group, Ints]]] = defaultdict(list)
    for group in groups:
        parts = np.searchsorted(firsts, group.at, side="right") - 1
        for at in np.split(group.at, np.flatnonzero(np.diff(parts)) + 1):
            found[table.part_of(int(at[0]))].append((group, at))
    return found


def _flags(table: Table, at: Ints, own: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """The rows' own flags and those that table stages gave them."""
    positions = at.tolist()
    if table.flags.keys().isdisjoint(positions):
        return own
    flags = [table.flags_of(of_row, p) for of_row, p in zip(own.to_pylist(), positions, strict=True)]
    return pa.array(flags, own.type)


def _ids(ids: Ids) -> pa.Array:
    """The ids as text, null where there is none."""
    text = pa.array(ids).cast(pa.string())
    return pc.if_else(pc.equal(text, ""), None, text)


def _messages(column: pa.ChunkedArray, system_prompt: str | None, message: pa.StructType) -> pa.Array:
    """Each list with the system prompt in front, and only the fields that the schema has."""
    lists = pa.concat_arrays(column.chunks)
    lengths = lists.value_lengths().to_numpy()
    spoken = lists.flatten()
    fields = [spoken.field(name) for name in message.names]
    if system_prompt is not None:
        first = {"role": "system", "content": system_prompt}
        fields = [
            pa.concat_arrays([pa.array([first.get(name)], field.type), field])
            for name, field in zip(message.names, fields, strict=True)
        ]
        lengths = lengths + 1
        starts = np.cumsum(lengths) - lengths
        order = np.ones(int(lengths.sum()), dtype=np.int64)
        order[starts] = 0
        spoken_at = np.flatnonzero(order)
        order[spoken_at] = np.arange(1, len(spoken_at) + 1)
        fields = [field.take(pa.array(order)) for field in fields]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.StructArray.from_arrays(fields, fields=list(message))
    )
