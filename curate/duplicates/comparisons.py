"""How rows differ, asked once for the same texts: answers outlive the build, and a rebuild reads the texts of
rows that it has not seen.

Texts are read in the order of the rows, because a row may stand in a file with others; what is worked out of
a text is kept for the last rows asked for only.
"""

from collections import OrderedDict
from typing import Literal

import numpy as np
import numpy.typing as npt

from curate.duplicates.sides import (
    Divergence,
    Relation,
    Side,
    Sides,
    divergence,
    of_different_things,
    relation,
)
from curate.duplicates.tools import Tools, calls, results
from schemas.arrays import Ints
from schemas.stage import Rows

Part = Literal["prompt", "answer"]
_Said = tuple[str, str, Tools, Tools]  # prompt, answer, calls, results
OTHER: dict[Part, Part] = {"prompt": "answer", "answer": "prompt"}
_COLUMN: dict[Part, int] = {"prompt": 0, "answer": 1}

_VERSION = 3  # of the questions of `curate.duplicates.sides`
_RELATION, _DIVERGENCE, _THINGS, _READ = b"relation", b"diverges", b"of other", b"was read"
_NOTHING = bytes(16)
_RELATIONS: tuple[Relation, ...] = ("duplicate", "contradiction", "same_answer", "unrelated")
_DIVERGENCES: tuple[Divergence | None, ...] = (
    None,
    "operators",
    "calls",
    "results",
    "numbers",
    "negation",
    "wording",
)
_BITS, _MASK = 3, 7  # of a divergence in what is remembered, which is a byte
_AT_HAND = 4096  # rows whose words are kept
_AT_ONCE = 65536  # rows read together
_ALONE = 64  # rows read one by one before all that may be asked for are read


class Comparisons:
    """Rows are positions among all rows; `texts` has two hashes a row, of its prompt, and of its answer
    with calls and results of tools."""

    def __init__(self, rows: Rows, texts: npt.NDArray[np.uint64]) -> None:
        self._rows = rows
        self._hashes = texts
        self._memo = rows.memo(f"comparisons/{_VERSION}")
        self._expected: set[int] = set()
        self._alone = 0
        self._said: dict[int, _Said] = {}
        self._sides: OrderedDict[int, Sides] = OrderedDict()

    def expect(self, positions: Ints) -> None:
        """These rows may be asked about: reads the texts of those that no build has seen yet."""
        self._expected.update(positions.tolist())
        keys = (self._of_row(_READ, at) for at in positions.tolist())
        new = [at for at, key in zip(positions.tolist(), keys, strict=True) if self._memo.get(key) is None]
        self._read(new)
        for at in new:
            self._memo.put(self._of_row(_READ, at), 1)

    def relation(self, a: int, b: int) -> tuple[Relation, Divergence | None, Divergence | None]:
        key = self._of_rows(_RELATION, a, b)
        known = self._memo.get(key)
        if known is None:
            kind, prompt, answer = relation(self._sides_of(a), self._sides_of(b))
            known = _RELATIONS.index(kind)
            for differs in (prompt, answer):
                known = known << _BITS | _DIVERGENCES.index(differs)
            self._memo.put(key, known)
        prompt, answer = (_DIVERGENCES[known >> shift & _MASK] for shift in (_BITS, 0))
        return _RELATIONS[known >> 2 * _BITS], prompt, answer

    def divergence(self, part: Part, a: int, b: int) -> Divergence | None:
        column = _COLUMN[part]
        texts = self._hashes[a, column].tobytes() + self._hashes[b, column].tobytes()
        key = _DIVERGENCE + texts + _NOTHING
        known = self._memo.get(key)
        if known is None:
            known = _DIVERGENCES.index(divergence(self._side(part, a), self._side(part, b)))
            self._memo.put(key, known)
        return _DIVERGENCES[known]

    def of_different_things(self, a: int, b: int) -> bool:
        key = self._of_rows(_THINGS, a, b)
        known = self._memo.get(key)
        if known is None:
            known = int(of_different_things(self._sides_of(a), self._sides_of(b)))
            self._memo.put(key, known)
        return bool(known)

    def _of_row(self, question: bytes, row: int) -> bytes:
        return b"".join((question, self._hashes[row].tobytes(), _NOTHING))

    def _of_rows(self, question: bytes, a: int, b: int) -> bytes:
        return b"".join((question, self._hashes[a].tobytes(), self._hashes[b].tobytes()))

    def _side(self, part: Part, row: int) -> Side:
        sides = self._sides_of(row)
        return sides.prompt if part == "prompt" else sides.answer

    def _sides_of(self, row: int) -> Sides:
        found = self._sides.get(row)
        if found is not None:
            self._sides.move_to_end(row)
            return found
        if row not in self._said:
            self._alone += 1
            self._read([row] if self._alone < _ALONE else sorted({row, *self._expected}))
        prompt, answer, called, given = self._said[row]
        found = self._sides[row] = Sides(Side(prompt), Side(answer, called), given)
        if len(self._sides) > _AT_HAND:
            self._sides.popitem(last=False)
        return found

    def _read(self, positions: list[int]) -> None:
        new = sorted(set(positions) - self._said.keys())
        for start in range(0, len(new), _AT_ONCE):
            some = new[start : start + _AT_ONCE]
            for at, row in zip(some, self._rows.take(some), strict=True):
                self._said[at] = (row.prompt, row.answer, calls(row.messages), results(row.messages))
