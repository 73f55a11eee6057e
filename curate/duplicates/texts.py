"""Prompts and answers of the rows that are compared, and of no others."""

from collections import OrderedDict

import numpy as np

from curate.duplicates.sides import Side, Sides
from curate.similarity.hashing import Ints
from schemas.stage import Rows

_AT_HAND = 4096  # rows whose words are kept
_AT_ONCE = 65536  # rows read together


class Texts:
    """The sides of rows by position. Texts are read in the order of the rows, because a row may stand in a
    file with others; what is worked out of a text is kept for the last rows asked for only."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._texts: dict[int, tuple[str, str]] = {}
        self._sides: OrderedDict[int, Sides] = OrderedDict()

    def read(self, positions: Ints) -> None:
        """Reads the texts of these rows."""
        new = [at for at in np.unique(positions).tolist() if at not in self._texts]
        for start in range(0, len(new), _AT_ONCE):
            some = new[start : start + _AT_ONCE]
            for at, row in zip(some, self._rows.take(some), strict=True):
                self._texts[at] = (row.prompt, row.answer)

    def sides(self, at: int) -> Sides:
        """The sides of a row that was read."""
        found = self._sides.get(at)
        if found is None:
            prompt, answer = self._texts[at]
            found = self._sides[at] = Sides(Side(prompt), Side(answer))
            if len(self._sides) > _AT_HAND:
                self._sides.popitem(last=False)
        else:
            self._sides.move_to_end(at)
        return found
