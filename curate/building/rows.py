"""Rows of a build as the table stages see them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy.typing as npt

from schemas.example import Example
from schemas.stage import Feature

BATCH_ROWS = 2048


class InMemory:
    """Rows that are all at hand, their features computed when asked for."""

    def __init__(self, rows: Sequence[Example]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> Example:
        return self._rows[at]

    def features(self, feature: Feature) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
        for start in range(0, len(self._rows), BATCH_ROWS):
            yield feature(self._rows[start : start + BATCH_ROWS])
