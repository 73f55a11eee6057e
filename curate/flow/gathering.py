"""Rows that lie in several places, put together in one order."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.arrays import Ints
from schemas.row_table import ROWS


def gathered(places: npt.NDArray[np.signedinteger], take: Callable[[int, Ints], pa.Table]) -> pa.Table:
    """`places[n]` is the number of the place of row n; `take` gives the rows that lie in one of them, by
    their n. The table's schema is ROWS."""
    tables: list[pa.Table] = []
    order: list[Ints] = []
    for place in np.unique(places).tolist():
        mine = np.flatnonzero(places == place)
        tables.append(take(place, mine).select(ROWS.names))
        order.append(mine)
    if not tables:
        return ROWS.empty_table()
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).take(pa.array(np.argsort(np.concatenate(order), kind="stable")))
