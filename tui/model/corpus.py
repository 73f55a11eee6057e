"""The rows of one dataset version as Arrow columns: a hundred thousand open at once, none a Python object.

Rows are numbered from 0 in file order, train first, then validation, then test.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from curate.version import SPLITS, DatasetVersion
from schemas.arrow import example_of
from schemas.errors import VersionError
from schemas.example import Example
from tui.model.id_index import IdIndex, joined, sorted_ids
from tui.model.mapped import Mapped
from tui.model.text_search import holding

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Bounds = NDArray[np.int32]
ABSENT = -1
_PREVIEW_CHARACTERS = 240
_FEW = 8  # ids are few where the corpus has more than so many rows for each
_STRATEGY = r'"augment":\{[^{}]*"strategy":"(?P<strategy>[^"]*)"'  # in the metadata, which is JSON text


class Corpus:
    """`version` is the dataset version's id, `system_prompt` the recipe's, which opens every example.
    `workspace`: the folder that datasets and saved queues stand in."""

    def __init__(
        self,
        version: str,
        table: pa.Table,
        split_of: NDArray[np.int8],
        system_prompt: str | None,
        workspace: Path | None = None,
        index: IdIndex | None = None,
    ) -> None:
        self.version = version
        self.workspace = workspace
        self.system_prompt = system_prompt
        self._table = table
        self._split_of = split_of
        self._ids = table.column("example_id")
        self._index = index or IdIndex(self._ids)
        self._latest = ("", ABSENT)  # what was asked last: an id and its row

    @classmethod
    def open(cls, version: DatasetVersion, mapped: Mapped, hidden_flags: Sequence[str] = ()) -> "Corpus":
        """Raises VersionError when a table of the version cannot be read."""
        names = [name for name in SPLITS if (version.path / "data" / f"{name}.parquet").exists()]
        if not names:
            raise VersionError(f"{version.path / 'data'}: no rows here", "run `curate build` again")
        paths = [version.path / "data" / f"{name}.parquet" for name in names]
        counts = [_count(path) for path in paths]
        split_of = np.repeat(np.array([SPLITS.index(name) for name in names], dtype=np.int8), counts)
        of, source, rows = (version.version,), version.path / "manifest.json", sum(counts)
        table = mapped.table(
            of,
            source,
            rows,
            lambda: pa.concat_tables(map(_read, paths), promote_options="default").combine_chunks(),
        )
        ids = table.column("example_id")
        kept = mapped.table(of, source, rows, lambda: sorted_ids(ids), "ids") if mapped.pays(rows) else None
        table = _without_flags(table, hidden_flags) if hidden_flags else table
        prompt, workspace = version.recipe.system_prompt, version.path.parents[1]
        return cls(version.version, table, split_of, prompt, workspace, IdIndex(ids, kept))

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def id_of(self, row: int) -> str:
        example_id = str(self._ids[row].as_py())
        self._latest = (example_id, row)
        return example_id

    @property
    def ids(self) -> list[str]:
        """Of all rows, in order; Python strings, so not for what is asked often."""
        return [str(example_id) for example_id in self._ids.to_pylist()]

    def rows_of(self, example_ids: Sequence[str] | pa.Array | pa.ChunkedArray) -> Rows:
        """The row of each id, or `ABSENT`."""
        wanted = example_ids if isinstance(example_ids, pa.Array | pa.ChunkedArray) else _strings(example_ids)
        at_once = self._index.first_rows(joined(wanted))
        if at_once is not None:
            return at_once
        if len(wanted) * _FEW > len(self):
            return _integers(pc.fill_null(pc.index_in(wanted, value_set=self._ids), ABSENT))
        different = pc.unique(wanted)  # few: the hash table is made of them, not of all rows
        row_of = np.full(len(different) + 1, ABSENT, dtype=np.int64)
        found = pc.index_in(self._ids, value_set=different)
        rows = np.flatnonzero(_mask(pc.is_valid(found)))
        row_of[_integers(pc.drop_null(found))] = rows
        return np.asarray(row_of[_integers(pc.index_in(wanted, value_set=different))])

    def row_of(self, example_id: str) -> int:
        """The row of one id, or `ABSENT`; quicker for one than `rows_of`, which makes a hash table, and at
        once for the one that was asked last."""
        if self._latest[0] != example_id:
            found = self._index.rows(example_id)
            self._latest = (example_id, int(found[0]) if len(found) else ABSENT)
        return self._latest[1]

    def prepare_row_of(self) -> None:
        """What `row_of` looks ids up in takes a while for a million: a thread may see to it before."""
        self._index.prepare()

    def split_of(self, row: int) -> str:
        return SPLITS[self._split_of[row]]

    def example(self, row: int) -> Example:
        return example_of(self._table.slice(row, 1).to_pylist()[0], self.split_of(row))

    def preview(self, row: int) -> str:
        """The beginning of the first user message, or of the first message where there is none."""
        first, end = self._message_bounds[row], self._message_bounds[row + 1]
        users = (i for i in range(first, end) if self._roles[i].as_py() == "user")
        index = next(users, first)
        return "" if first == end else str(self._contents[index].as_py())[:_PREVIEW_CHARACTERS]

    def containing(self, words: str) -> Mask:
        """Rows in which a message holds `words`, whatever the case; system prompts are not searched."""
        hit = holding(self._contents, words)
        hit &= _mask(pc.not_equal(self._roles, "system"))
        return self._rows_with(hit, self._message_bounds)

    def with_flag(self, part: str) -> Mask:
        return self._any_item("flags", part)

    def with_tag(self, part: str) -> Mask:
        return self._any_item("tags", part)

    def with_source(self, part: str) -> Mask:
        return _mask(pc.match_substring(self._table.column("source"), part, ignore_case=True))

    def values_of(self, field: Literal["source", "split", "tag", "flag", "strategy"]) -> dict[str, int]:
        """Rows by each value of a field."""
        if field == "split":
            counts = np.bincount(self._split_of, minlength=len(SPLITS))
            return {name: int(n) for name, n in zip(SPLITS, counts, strict=True) if n}
        if field == "strategy":
            values = pc.drop_null(self._strategies)
        elif field == "source":
            values = self._table.column("source")
        else:
            values = pc.list_flatten(self._table.column(f"{field}s"))
        return {row["values"]: row["counts"] for row in pc.value_counts(values).to_pylist()}

    def in_split(self, name: str) -> Mask:
        wanted = [index for index, split in enumerate(SPLITS) if split.startswith(name)]
        return np.asarray(np.isin(self._split_of, wanted))

    def with_strategy(self, part: str) -> Mask:
        """Children that a strategy with these letters made."""
        named = pc.fill_null(self._strategies, "")
        return self.children & _mask(pc.match_substring(named, part, ignore_case=True))

    @property
    def _strategies(self) -> Any:
        """Null in rows that no strategy made."""
        return pc.struct_field(pc.extract_regex(self._table.column("metadata"), _STRATEGY), "strategy")

    @cached_property
    def children(self) -> Mask:
        """Rows that were made from another one."""
        return _mask(pc.is_valid(self._table.column("parent_id")))

    @cached_property
    def parent_rows(self) -> Rows:
        """The row of each child's parent, or `ABSENT`."""
        rows = np.full(len(self), ABSENT, dtype=np.int64)
        rows[self.children] = self.rows_of(pc.drop_null(self._table.column("parent_id")))
        return rows

    def flag_counts(self) -> NDArray[np.int64]:
        return _integers(pc.fill_null(pc.list_value_length(self._table.column("flags")), 0))

    def lengths(self) -> NDArray[np.int64]:
        """Characters of each row's messages, system prompts left out."""
        characters = _integers(pc.utf8_length(self._contents))
        characters[_mask(pc.equal(self._roles, "system"))] = 0
        return self._sums(characters)

    def turns(self) -> NDArray[np.int64]:
        """Messages of each row, system prompts left out."""
        return self._sums(_mask(pc.not_equal(self._roles, "system")).astype(np.int64))

    def _sums(self, of_messages: NDArray[np.int64]) -> NDArray[np.int64]:
        total = np.concatenate([[0], np.cumsum(of_messages)])
        return np.asarray(total[self._message_bounds[1:]] - total[self._message_bounds[:-1]])

    @cached_property
    def _messages(self) -> Any:
        column = self._table.column("messages")
        return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)

    @cached_property
    def _message_bounds(self) -> Bounds:
        """Row `r` has the messages `bounds[r]` to `bounds[r + 1]` of `_roles` and `_contents`."""
        return _bounds(self._messages)

    @cached_property
    def _roles(self) -> Any:
        return pc.struct_field(self._messages.flatten(), "role")

    @cached_property
    def _contents(self) -> Any:
        return pc.struct_field(self._messages.flatten(), "content")

    def _any_item(self, column: str, part: str) -> Mask:
        lists = self._table.column(column).combine_chunks()
        lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
        hit = _mask(pc.match_substring(lists.flatten(), part, ignore_case=True))
        return self._rows_with(hit, _bounds(lists))

    def _rows_with(self, hit: Mask, bounds: Bounds) -> Mask:
        """Rows of which an item is hit, by the bounds of their items."""
        found = np.zeros(len(bounds) - 1, dtype=np.bool_)
        hits = np.flatnonzero(hit).astype(bounds.dtype)  # of another, the bounds would be copied
        found[np.searchsorted(bounds, hits, side="right") - 1] = True
        return found


def _count(path: Path) -> int:
    with _readable(path):
        return int(pq.read_metadata(path).num_rows)


def _read(path: Path) -> pa.Table:
    with _readable(path):
        return pq.read_table(path, memory_map=True)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise VersionError(f"{path}: cannot be read ({error})", "run `curate build` again") from None


def _without_flags(table: pa.Table, hidden: Sequence[str]) -> pa.Table:
    """The table as if those flags had never been set."""
    flags = table.column("flags").combine_chunks()
    flags = flags.chunk(0) if isinstance(flags, pa.ChunkedArray) else flags
    kept = pc.invert(pc.is_in(flags.flatten(), value_set=_strings(hidden)))
    bounds = _integers(flags.offsets) - flags.offsets[0].as_py()
    before = np.concatenate([[0], np.cumsum(_mask(kept))])
    shown = pa.ListArray.from_arrays(
        pa.array(before[bounds], pa.int32()), flags.flatten().filter(kept), type=flags.type
    )
    return table.set_column(table.schema.get_field_index("flags"), "flags", shown)


def _bounds(lists: Any) -> Bounds:
    """Where the items of each list begin, and where those of the last end; mapped where the lists are."""
    offsets = np.asarray(lists.offsets)
    return offsets - offsets[0] if offsets[0] else offsets


def _strings(values: Sequence[str]) -> pa.Array:
    return pa.array(values, pa.string())


def _integers(values: Any) -> Rows:
    return np.asarray(values, dtype=np.int64)


def _mask(values: Any) -> Mask:
    return np.asarray(values, dtype=np.bool_)
