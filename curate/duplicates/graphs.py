"""The graphs that dedup compares rows by, and which rows they tie together.

Rows are tied that are the same example or have the same content, and those near to each other in what is
said, asked or answered, directly or over others. No row that is not tied to it has a say in what dedup makes
of a row.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.duplicates.sides import ANSWER_WORDS
from curate.similarity.components import Components
from curate.similarity.features import PARTS, Part
from curate.similarity.hashing import numbers_of
from curate.similarity.index import NearIndex
from curate.similarity.joins import near_index, rows_beside
from curate.similarity.sets import has_any, numbered
from curate.similarity.threads import each
from schemas.arrays import Bools, Ints
from schemas.recipe import Dedup
from schemas.stage import Rows

Keys = npt.NDArray[Any]
_LEAST_WORDS: dict[Part, int] = {"spoken": 0, "prompt": 0, "answer": ANSWER_WORDS}


class Graphs:
    """Rows are positions among all; graphs have them in the given `order`, which is of all rows. `keys` are
    columns of which equal entries tie their rows. `exact` misses no pair at all."""

    def __init__(
        self,
        rows: Rows,
        settings: Dedup | None,
        order: Ints,
        keys: Sequence[Keys],
        *,
        exact: bool,
    ) -> None:
        self._rows = rows
        self._settings = settings
        self._order = order
        self._exact = exact
        self._ties = Components(len(rows))
        # What only some rows are asked for: a search of all could not find other pairs of them.
        self._lasting = not exact
        everyone = np.arange(len(rows))
        for column in keys:
            # Two keys of one hash tie rows that nothing else ties: then more rows are looked at, no fewer.
            number, first = numbered(numbers_of(column))
            self._ties.join_pairs(first[number], everyone)

    def index(self, part: Part) -> NearIndex:
        """The graph of one part of all rows; of answers, of those of some words."""
        assert self._settings is not None
        words = _LEAST_WORDS[part]
        index = near_index(self._rows, part, self._settings, self._order, words=words, exact=self._exact)
        self._ties.join_near(index, self._order)
        self._lasting &= index.pairs.lasting
        return index

    @property
    def ties(self) -> Ints | None:
        """The lowest row that each is tied to, when all graphs were asked for; None where pairs depend on
        more than their rows."""
        return self._ties.roots() if self._lasting or not self._rows.whole else None


def tied(rows: Rows, settings: Dedup | None, keys: Sequence[Keys], new: Ints) -> Ints | None:
    """All rows that the rows `new` are tied to directly; None where pairs depend on more than their rows."""
    reached = np.zeros(len(rows), dtype=bool)
    reached[new] = True
    for column in keys:
        numbers = numbers_of(column)
        reached |= has_any(numbers, numbers[new])
    if settings is None:
        return np.flatnonzero(reached)

    def beside(part: Part) -> Bools | None:
        return rows_beside(rows, part, settings, new, words=_LEAST_WORDS[part])

    for near in each(beside, PARTS):
        if near is None:
            return None
        reached |= near
    return np.flatnonzero(reached)
