"""A row stage over rows as an Arrow table: Examples are made only of rows that it may touch.

`applied` runs where the workers are, and answers with what changed alone; `completed` puts the rows back in
that stayed as they were, where the table is at hand.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from curate.flow.entry import CONTENTS, ROW, Entry, Verdict, enter, key_column
from curate.flow.keys import Keys
from curate.sparing import Known, untouched
from schemas.arrays import Ints
from schemas.row_table import ROWS, rows_of
from schemas.stage import Stage


def applied(stage: Stage, rows: pa.Table, keys: Keys, known: Known = ()) -> Entry:
    """What the stage makes of `rows`, which have these `keys`; `contents` are the rows that it changed,
    `measured` are the stage's measures of all, of which some may be `known`."""
    left, measures = untouched(stage, rows, known)
    at = np.flatnonzero(~left)
    touched = rows if len(at) == rows.num_rows else rows.take(pa.array(at))
    entry = enter(stage, rows_of(touched), keys[at], keep_all=False)
    return replace(spread(entry, at, keys), measured=[pa.table(dict(one)) for one in measures])


def spread(entry: Entry, at: Ints, keys: Keys) -> Entry:
    """The entry of the rows `at` some places as one of all rows, which have these `keys`: the others are left
    as they are."""
    verdicts = np.full(len(keys), Verdict.SAME, np.uint8)
    verdicts[at] = entry.verdicts
    return Entry(keys, verdicts, _placed(entry.events, at), _placed(entry.contents, at))


def completed(entry: Entry, rows: pa.Table) -> Entry:
    """The entry of `rows` with all rows that stayed in its `contents`: those that the stage left as they were
    have the key that they had."""
    same = np.flatnonzero(entry.verdicts == Verdict.SAME)
    left = rows if len(same) == rows.num_rows else rows.take(pa.array(same))
    columns = [pa.array(same, ROW.type), key_column(entry.keys[same])]
    contents = pa.Table.from_arrays([*columns, *left.columns], schema=CONTENTS)
    if entry.contents.num_rows:
        contents = pa.concat_tables([contents, entry.contents])
        contents = contents.take(pa.array(np.argsort(contents.column("row").to_numpy(), kind="stable")))
    return replace(entry, contents=contents)


def load(stage: Stage) -> None:
    """Lets the stage make what it makes once."""
    untouched(stage, ROWS.empty_table())
    stage([])


def _placed(table: pa.Table, at: Ints) -> pa.Table:
    """With the places in `at` replaced by what stands there."""
    rows = at[table.column("row").to_numpy()]
    return table.set_column(0, ROW, pa.array(rows, ROW.type))
