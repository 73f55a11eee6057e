"""Children: new rows of a build in the order in which they are made, as Arrow tables; few are examples at a
time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.example import Example
from schemas.row_table import rows_of


class Children:
    """Counted from 0. All of them are train rows."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []  # of schema ROWS
        self._groups: list[list[str | None]] = []
        self._read = lru_cache(maxsize=2)(self._examples)

    def __len__(self) -> int:
        return sum(table.num_rows for table in self.tables)

    def __getitem__(self, at: int) -> Example:
        """Cheap for one that lies near the last one asked for."""
        ends = list(accumulate(table.num_rows for table in self.tables))
        number = int(np.searchsorted(ends, at, side="right"))
        return self._read(number)[at - (ends[number - 1] if number else 0)]

    def add(self, batch: Sequence[Example], table: pa.Table) -> None:
        """`table` is that of the batch."""
        if batch:
            self.tables.append(table)
            self._groups.append([child.group_id for child in batch])

    def batches(self) -> Iterator[list[Example]]:
        return map(self._examples, range(len(self.tables)))

    def ids(self) -> npt.NDArray[np.bytes_]:
        ids = [i for table in self.tables for i in table.column("example_id").to_pylist()]
        return np.array(ids, np.bytes_)

    def _examples(self, number: int) -> list[Example]:
        rows = zip(rows_of(self.tables[number]), self._groups[number], strict=True)
        return [replace(row, group_id=group, split="train") for row, group in rows]
