"""Examples as an Arrow table and back, everything that a stage may read of them: how rows travel between
processes and lie on disk while a build works on them.

Column by column, not row by row: some microseconds an example. `cluster_id`, `group_id` and `split` are no
part of it: table stages decide those, and row stages do not see them.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
import pyarrow as pa

from schemas.canonical import to_json
from schemas.example import Example, Message

_LONG_INTEGER = re.compile(r"\d{19}")  # of which orjson would make a float

MESSAGE = pa.struct(
    [(name, pa.string()) for name in ("role", "content", "name", "tool_calls", "tool_call_id")]
)
ROWS = pa.schema(
    [
        ("example_id", pa.string()),
        ("messages", pa.list_(MESSAGE)),
        ("source", pa.string()),
        ("line", pa.int64()),
        ("tags", pa.list_(pa.string())),
        ("priority", pa.int64()),
        ("group_key", pa.string()),
        ("parent_id", pa.string()),
        ("origin", pa.string()),
        ("flags", pa.list_(pa.string())),
        ("metadata", pa.string()),
        ("protected", pa.bool_()),
    ]
)


def rows_table(rows: Sequence[Example]) -> pa.Table:
    """The table of `rows`; its schema is ROWS."""
    spoken = [m for row in rows for m in row.messages]
    messages = pa.StructArray.from_arrays(
        [pa.array([getattr(m, name) for m in spoken], pa.string()) for name in MESSAGE.names],
        fields=list(MESSAGE),
    )
    columns = [
        pa.array([row.example_id for row in rows], pa.string()),
        _lists([len(row.messages) for row in rows], messages),
        pa.array([row.source for row in rows], pa.string()),
        pa.array([row.line for row in rows], pa.int64()),
        pa.array([row.tags for row in rows], ROWS.field("tags").type),
        pa.array([row.priority for row in rows], pa.int64()),
        pa.array([row.group_key for row in rows], pa.string()),
        pa.array([row.parent_id for row in rows], pa.string()),
        pa.array([row.origin for row in rows], pa.string()),
        pa.array([row.flags for row in rows], ROWS.field("flags").type),
        pa.array([_json(row.metadata) for row in rows], pa.string()),
        pa.array([row.protected for row in rows], pa.bool_()),
    ]
    return pa.Table.from_arrays(columns, schema=ROWS)


def rows_of(table: pa.Table) -> list[Example]:
    """The examples of a table whose schema is ROWS."""
    column = {name: table.column(name).to_pylist() for name in ROWS.names if name != "messages"}
    return [
        Example(
            example_id, messages, source, line, tuple(tags), priority, group_key, None, None, parent_id,
            origin, tuple(flags), _value(metadata), protected,
        )
        for example_id, messages, source, line, tags, priority, group_key, parent_id, origin, flags, metadata,
        protected in zip(
            column["example_id"], _messages(table), column["source"], column["line"], column["tags"],
            column["priority"], column["group_key"], column["parent_id"], column["origin"], column["flags"],
            column["metadata"], column["protected"], strict=True,
        )
    ]  # fmt: skip


def _messages(table: pa.Table) -> Iterator[tuple[Message, ...]]:
    lists = table.column("messages").combine_chunks()
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks) if lists.num_chunks else pa.array([], lists.type)
    spoken = map(Message, *(part.to_pylist() for part in lists.flatten().flatten()))
    return (tuple(islice(spoken, length)) for length in lists.value_lengths().to_pylist())


def _lists(lengths: Sequence[int], values: pa.Array) -> pa.ListArray:
    offsets = [0]
    for length in lengths:
        offsets.append(offsets[-1] + length)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _json(value: Any) -> str:
    if not value:
        return "{}"
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except (TypeError, orjson.JSONEncodeError):
        return to_json(value)


def _value(metadata: str) -> Any:
    if metadata == "{}":
        return {}
    return json.loads(metadata) if _LONG_INTEGER.search(metadata) else orjson.loads(metadata)
