"""A table stage's answer as Arrow tables and back, so that it can be kept by the keys of its rows."""

from typing import Any

import numpy as np
import pyarrow as pa

from schemas.arrow import DUPLICATES, duplicates_table, event_of
from schemas.ledger import DuplicatePair
from schemas.stage import Delta

_DROPPED = pa.schema([("row", pa.int64())])
_FLAGS = pa.schema([("row", pa.int64()), ("flags", pa.list_(pa.string()))])
_COLUMNS = ("group_of", "cluster_of", "group_id", "split")


def delta_tables(delta: Delta, events: pa.Table) -> list[pa.Table] | None:
    """`events` are those of the delta as a table. None for an answer that holds rows, since those may have
    what a later stage removes, and for one that does not last."""
    if delta.replaced or not delta.lasting:
        return None
    rows = sorted(delta.flags)
    given = {name: getattr(delta, name) for name in _COLUMNS if getattr(delta, name) is not None}
    return [
        pa.table([pa.array(np.asarray(delta.dropped, np.int64))], schema=_DROPPED),
        events,
        duplicates_table(delta.pairs),
        pa.table([pa.array(rows, pa.int64()), [delta.flags[row] for row in rows]], schema=_FLAGS),
        pa.table({name: pa.array(values) for name, values in given.items()}),
    ]


def delta_of(tables: list[pa.Table]) -> Delta:
    dropped, events, pairs, flags, columns = tables
    given: dict[str, Any] = {}
    for name in columns.column_names:
        column = columns.column(name)
        given[name] = column.to_numpy() if name.endswith("_of") else np.array(column.to_pylist())
    return Delta(
        dropped.column("row").to_pylist(),
        [event_of(row) for row in events.to_pylist()],
        [DuplicatePair(**row) for row in pairs.select(DUPLICATES.names).to_pylist()],
        {row["row"]: tuple(row["flags"]) for row in flags.to_pylist()},
        **given,
    )
