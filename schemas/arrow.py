"""Arrow schemas of every table on disk, and Example to row and back.

Imported only where tables are read or written: pyarrow is too slow to load for `--help`.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from schemas.canonical import to_json
from schemas.example import Example, Message
from schemas.ledger import DuplicatePair, Event

_strings = pa.list_(pa.string())
_TOOL_FIELDS = ("name", "tool_calls", "tool_call_id")

LEDGER = pa.schema(
    [
        ("seq", pa.int64()),
        ("example_id", pa.string()),
        ("stage", pa.string()),
        ("action", pa.string()),
        ("reason", pa.string()),
        ("score", pa.float64()),
        ("threshold", pa.float64()),
        ("matched_id", pa.string()),
        ("actor", pa.string()),
        ("before_hash", pa.string()),
        ("after_hash", pa.string()),
        ("detail", pa.string()),
    ]
)

DUPLICATES = pa.schema(
    [
        ("kept_id", pa.string()),
        ("dropped_id", pa.string()),
        ("jaccard", pa.float64()),
        ("kind", pa.string()),
        ("kept_source", pa.string()),
        ("kept_line", pa.int64()),
        ("dropped_source", pa.string()),
        ("dropped_line", pa.int64()),
    ]
)

LOSSES = pa.schema(
    [
        ("example_id", pa.string()),
        ("split", pa.string()),
        ("kind", pa.string()),
        ("model", pa.string()),
        ("step", pa.int64()),
        ("epoch", pa.float64()),
        ("n_tokens", pa.int32()),
        ("nll_sum", pa.float64()),
        ("loss", pa.float64()),
        ("max_token_nll", pa.float64()),
        ("n_correct", pa.int32()),
        ("truncated", pa.bool_()),
    ]
)

TOKENS = pa.schema(
    [
        ("example_id", pa.string()),
        ("model", pa.string()),
        ("step", pa.int64()),
        ("token_ids", pa.list_(pa.int32())),
        ("nll", pa.list_(pa.float32())),
    ]
)

# Of a classification: the class that is right and the one predicted, each with the model's probability of it.
PREDICTIONS = pa.schema(
    [
        ("example_id", pa.string()),
        ("split", pa.string()),
        ("model", pa.string()),
        ("step", pa.int64()),
        ("label", pa.string()),
        ("predicted", pa.string()),
        ("probability", pa.float64()),
        ("label_probability", pa.float64()),
    ]
)

ANSWERS = pa.schema(
    [
        ("example_id", pa.string()),
        ("split", pa.string()),
        ("model", pa.string()),
        ("step", pa.int64()),
        ("n_tokens", pa.int32()),
        ("nll_sum", pa.float64()),
        ("loss", pa.float64()),
    ]
)

# What models answered in an evaluation; `generations_schema` adds a column a metric.
GENERATIONS = pa.schema(
    [
        ("set", pa.string()),
        ("example_id", pa.string()),
        ("turn", pa.int32()),
        ("system", pa.string()),
        ("request", pa.string()),
        ("prediction", pa.string()),
        ("reference", pa.string()),
        ("finish", pa.string()),
        ("n_tokens", pa.int32()),
        ("n_prompt_tokens", pa.int32()),
        ("shots", _strings),
    ]
)

EVALUATED_LOSSES = pa.schema(
    [
        ("set", pa.string()),
        ("example_id", pa.string()),
        ("system", pa.string()),
        ("request", pa.string()),
        ("n_tokens", pa.int32()),
        ("nll_sum", pa.float64()),
        ("loss", pa.float64()),
    ]
)


def generations_schema(metrics: Sequence[str]) -> pa.Schema:
    """A row an answer and system, with these metrics; null where one does not apply."""
    return pa.schema([*GENERATIONS, *((name, pa.float64()) for name in metrics)])


def examples_schema(tools: bool) -> pa.Schema:
    """The schema of `data/*.parquet`; tool fields stand in messages only where the data has them."""
    message = [("role", pa.string()), ("content", pa.string())]
    if tools:
        message += [(name, pa.string()) for name in _TOOL_FIELDS]
    return pa.schema(
        [
            ("example_id", pa.string()),
            ("messages", pa.list_(pa.struct(message))),
            ("source", pa.string()),
            ("line", pa.int64()),
            ("tags", _strings),
            ("group_id", pa.string()),
            ("cluster_id", pa.string()),
            ("parent_id", pa.string()),
            ("origin", pa.string()),
            ("flags", _strings),
            ("metadata", pa.string()),
        ]
    )


def has_tools(examples: Iterable[Example]) -> bool:
    return any(getattr(m, f) is not None for e in examples for m in e.messages for f in _TOOL_FIELDS)


def examples_table(examples: Sequence[Example], tools: bool) -> pa.Table:
    rows = [
        {
            "example_id": e.example_id,
            "messages": [m.to_dict() for m in e.messages],
            "source": e.source,
            "line": e.line,
            "tags": list(e.tags),
            "group_id": e.group_id,
            "cluster_id": e.cluster_id,
            "parent_id": e.parent_id,
            "origin": e.origin,
            "flags": list(e.flags),
            "metadata": to_json(e.metadata),
        }
        for e in examples
    ]
    return pa.Table.from_pylist(rows, schema=examples_schema(tools))


def example_of(row: dict[str, Any], split: str | None = None) -> Example:
    """An Example of one row of `data/*.parquet`, as `Table.to_pylist` gives it."""
    return Example(
        example_id=row["example_id"],
        messages=tuple(Message.from_dict(m) for m in row["messages"]),
        source=row["source"],
        line=row["line"],
        tags=tuple(row["tags"] or ()),
        group_id=row["group_id"],
        cluster_id=row["cluster_id"],
        parent_id=row["parent_id"],
        origin=row["origin"],
        flags=tuple(row["flags"] or ()),
        metadata=json.loads(row["metadata"] or "{}"),
        split=split,
    )


def ledger_table(events: Sequence[Event]) -> pa.Table:
    """The ledger in the order the events happened; `seq` counts from 1."""
    columns = {name: [getattr(e, name) for e in events] for name in LEDGER.names if name != "seq"}
    columns["detail"] = [to_json(detail) for detail in columns["detail"]]
    columns["seq"] = list(range(1, len(events) + 1))
    return pa.table([pa.array(columns[f.name], f.type) for f in LEDGER], schema=LEDGER)


def duplicates_table(pairs: Sequence[DuplicatePair]) -> pa.Table:
    columns = [pa.array([getattr(p, f.name) for p in pairs], f.type) for f in DUPLICATES]
    return pa.table(columns, schema=DUPLICATES)


def event_of(row: dict[str, Any]) -> Event:
    """An Event of one row of `ledger.parquet`."""
    fields = {name: value for name, value in row.items() if name != "seq"}
    return Event(**{**fields, "detail": json.loads(row["detail"])})
