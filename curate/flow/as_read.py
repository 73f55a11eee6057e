"""Rows of a part as they were read: from what an earlier build kept of them, or from the raw file.

The first row stage keeps the content of the rows that stay. Of these, such as it left alone have still the
key that they were read with, and so the same text; only the others must be looked up in the file.
"""

import numpy as np
import pyarrow as pa

from curate.flow.answers import Answers, entry_key
from curate.flow.cache import StageCache
from curate.flow.gathering import gathered
from curate.flow.keys import places
from curate.flow.reading import Part, Reading
from schemas.arrays import Ints


class AsRead:
    """A provider of `curate.flow.table`. `first_step` is the key of the first row stage, if there is
    one."""

    def __init__(self, reading: Reading, part: Part, cache: StageCache, first_step: str | None) -> None:
        self._reading = reading
        self._part = part
        self._cache = cache
        self._key = entry_key(first_step, part.id, keep_all=True) if first_step else None

    def __call__(self, index: Ints) -> pa.Table:
        if self._key is None or self._reading.at_hand(self._part):
            return self._read(index)
        answers = Answers.of(self._cache, self._key)
        found = places(answers.content_keys, self._part.keys[index])
        known = np.flatnonzero(found >= 0)
        kept = answers.contents(self._cache, found[known], lambda lost: self._read(index[known][lost]))
        number = np.cumsum(found >= 0) - 1  # of a known row among them

        def some(is_known: int, mine: Ints) -> pa.Table:
            return kept(number[mine]) if is_known else self._read(index[mine])

        return gathered((found >= 0).astype(np.int8), some)

    def _read(self, index: Ints) -> pa.Table:
        return self._reading.rows(self._part, index)
