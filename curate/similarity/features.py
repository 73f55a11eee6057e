"""Shingles as a feature of rows: computed batch by batch, kept by content, joined for all rows."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.similarity.row_texts import Turns
from curate.similarity.shingles import FEW, Shingles, without_short
from curate.similarity.words import spoken
from schemas.arrays import Ints, Ints32, Uint64s
from schemas.example import Example
from schemas.stage import Rows

Part = Literal["spoken", "prompt", "answer"]
PARTS: tuple[Part, ...] = ("spoken", "prompt", "answer")
_VERSION = 2
_WORTH_LOADING = 1024  # rows of a batch from which compiled code wins the time that loading it takes
_COMPILED = "curate.similarity.kernels.text"
_TEXT: dict[Part, Callable[[Example], str]] = {
    "spoken": spoken,
    "prompt": lambda row: row.prompt,
    "answer": lambda row: row.answer,
}
_ROLES: dict[Part, tuple[str, ...]] = {
    "spoken": ("user", "assistant"),
    "prompt": ("user",),
    "answer": ("assistant",),
}


class ShingleFeature:
    """The arrays of `Shingles` for one part of each row: what both say, the prompt, or the answer.

    `many` says whether there are enough rows in all to load compiled code, where a batch has enough of them
    or another one had; the arrays are the same.
    """

    def __init__(self, part: Part, n: int, many: bool) -> None:
        self.key = f"shingles/{_VERSION}/{part}/{n}"
        self._part = part
        self._n = n
        self._many = many

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        text = _TEXT[self._part]
        return Shingles.of([text(row) for row in rows], self._n, compiled=self._compiled(len(rows))).arrays()

    def of_table(self, rows: pa.Table) -> dict[str, npt.NDArray[Any]]:
        texts = Turns.of(rows).lines(*_ROLES[self._part])
        return Shingles.of_column(texts, self._n, compiled=self._compiled(len(texts))).arrays()

    def _compiled(self, rows: int) -> bool:
        return self._many and (rows >= _WORTH_LOADING or _COMPILED in sys.modules)


@dataclass(frozen=True, slots=True)
class SetFacts:
    """Of every row: the hash and the size of its shingle set, and the number of its words."""

    sets: Uint64s
    sizes: Ints32
    words: Ints32

    def at_least(self, words: int) -> "SetFacts":
        """The same, rows of fewer words with the empty set."""
        sizes, sets = without_short(self.words, words, self.sizes, self.sets)
        return SetFacts(sets, sizes, self.words)


def set_facts(rows: Rows, part: Part, n: int) -> SetFacts:
    """What is known of the sets without reading them."""
    names = ("sets", "hashes_sizes", "counts")
    found = list(rows.features(ShingleFeature(part, n, len(rows) >= FEW), only=names))
    empty = {"sets": np.empty(0, np.uint64)}
    columns = [
        np.concatenate([empty.get(name, np.empty(0, np.int32)), *(part[name] for part in found)])
        for name in names
    ]
    return SetFacts(*columns)


def few_shingles(rows: Rows, part: Part, n: int, some: Ints) -> Shingles:
    """Those of a few rows, which ascend. Their hashes may be damaged: `Shingles.hashes_of_sets` tells."""
    if not len(some):
        return Shingles.joined((), 0)
    feature = ShingleFeature(part, n, len(rows) >= FEW)
    return Shingles.joined(rows.features(feature, of=some, unchecked=("hashes",)), len(some))


def shingles_of(rows: Rows, part: Part, n: int) -> Shingles:
    """The shingles of that part of every row."""
    return Shingles.joined(rows.features(ShingleFeature(part, n, len(rows) >= FEW)), len(rows))
