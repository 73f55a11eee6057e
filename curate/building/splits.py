"""The finished rows as the tables of `data/*.parquet`: the system prompt first, each row in its split."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from curate.flow.keys import Ints
from curate.flow.table import Table
from curate.similarity.threads import ahead
from curate.version import SPLITS


def split_tables(
    table: Table, system_prompt: str | None, schema: pa.Schema
) -> Iterator[tuple[str, pa.Table]]:
    """Part by part, in the rows' order, the rows of each split; made ahead of whoever writes them."""
    parts = [(part, at) for part in range(len(table.stretches)) if len(at := table.positions(part))]

    def finished(part: tuple[int, Ints]) -> pa.Table:
        return _finished(table, *part, system_prompt, schema)

    for (_, at), whole in zip(parts, ahead(finished, parts), strict=True):
        for split in SPLITS:
            mine = np.flatnonzero(table.splits[at] == split)
            if len(mine):
                yield split, whole.take(pa.array(mine))


def _finished(table: Table, part: int, at: Ints, system_prompt: str | None, schema: pa.Schema) -> pa.Table:
    rows = table.contents(part, at).combine_chunks()
    message = schema.field("messages").type.value_type
    columns = {
        "messages": _messages(rows.column("messages"), system_prompt, message),
        "group_id": _ids(table.groups[at]),
        "cluster_id": _ids(table.clusters[at]),
        "flags": pa.array(
            [
                table.flags_of(own, int(p))
                for own, p in zip(rows.column("flags").to_pylist(), at, strict=True)
            ],
            schema.field("flags").type,
        ),
    }
    return pa.Table.from_arrays(
        [columns[name] if name in columns else rows.column(name) for name in schema.names], schema=schema
    )


def _ids(ids: "np.typing.NDArray[np.bytes_]") -> pa.Array:
    return pa.array([i.decode() or None for i in ids.tolist()], pa.string())


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
