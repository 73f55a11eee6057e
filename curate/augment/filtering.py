"""Children of one wave through the row stages that imported rows passed: a stage is not given those that it
can tell it leaves alone by their columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from curate.sparing import untouched
from schemas.example import Example
from schemas.ledger import Event
from schemas.row_table import rows_table
from schemas.stage import Stage


@dataclass(frozen=True, slots=True)
class Filtered:
    """The children that stay, also as a table of schema ROWS, and what happened, stage by stage."""

    rows: list[Example]
    table: pa.Table
    events: list[tuple[str, Event]]


def filtered(stages: Sequence[Stage], children: Sequence[Example]) -> Filtered:
    table = rows_table(children)
    rows: list[Example | None] = list(children)
    as_made = np.ones(len(children), dtype=bool)
    events: list[tuple[str, Event]] = []
    for stage in stages:
        left = untouched(stage, table)[0] & as_made
        asked = [(at, row) for at in np.flatnonzero(~left).tolist() if (row := rows[at]) is not None]
        outcome = stage([row for _, row in asked])
        for (at, row), after in zip(asked, _in_place(asked, outcome.rows), strict=True):
            rows[at] = after
            as_made[at] &= after is row or after == row
        events += [(stage.name, event) for event in outcome.events]
    kept = [at for at, row in enumerate(rows) if row is not None]
    stay = [row for row in rows if row is not None]
    return Filtered(stay, _table(table, kept, stay, as_made[kept].tolist()), events)


def _in_place(asked: Sequence[tuple[int, Example]], after: Sequence[Example]) -> Iterator[Example | None]:
    """For each row that a stage was given what it gave back, or None where it dropped it."""
    going_on = iter(after)
    following = next(going_on, None)
    for _, row in asked:
        if following is not None and following.example_id == row.example_id:
            yield following
            following = next(going_on, None)
        else:
            yield None
    assert following is None, f"a row stage gave back {following.example_id}, which it was not given"


def _table(made: pa.Table, kept: Sequence[int], rows: Sequence[Example], as_made: Sequence[bool]) -> pa.Table:
    """The table of the rows that stay: what lies in it already is not written again."""
    changed = [row for row, same in zip(rows, as_made, strict=True) if not same]
    places = iter(range(made.num_rows, made.num_rows + len(changed)))
    at = [place if same else next(places) for place, same in zip(kept, as_made, strict=True)]
    whole = pa.concat_tables([made, rows_table(changed)]) if changed else made
    return whole if at == list(range(whole.num_rows)) else whole.take(pa.array(at, pa.int64()))
