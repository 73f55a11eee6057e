"""Texts of rows as columns, from their Arrow table: no object is made of a row, a message or a text.

What holds for ASCII alone is done with all texts at once; the others are given to Python one by one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.similarity.folding import ascii_table
from curate.similarity.words import folded
from schemas.arrays import Bools, Bytes, Ints

_SPACE = ord(" ")


@dataclass(frozen=True, slots=True)
class Turns:
    """Every message of some rows, row by row: the columns of its fields, and the row that it stands in."""

    rows: int
    row: Ints
    role: pa.StringArray
    content: pa.StringArray
    name: pa.StringArray
    tool_calls: pa.StringArray
    tool_call_id: pa.StringArray

    @classmethod
    def of(cls, rows: pa.Table) -> "Turns":
        """`rows` have the schema ROWS."""
        lists = whole(rows, "messages")
        row = np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy())
        return cls(len(lists), row, *lists.flatten().flatten())

    def by(self, *roles: str) -> Bools:
        """Which messages these roles say."""
        found: Bools = pc.is_in(self.role, pa.array(roles, pa.string())).to_numpy(zero_copy_only=False)
        return found

    def lines(self, *roles: str) -> pa.StringArray:
        """What these roles say in each row, one message a line."""
        return self.joined(self.content, self.by(*roles), "\n")

    def joined(self, pieces: pa.StringArray, which: Bools, between: str) -> pa.StringArray:
        """The pieces of each row's messages as one text, of those messages `which`."""
        ends = np.cumsum(self.total(which), dtype=np.int32)
        lists = pa.ListArray.from_arrays(np.append(np.int32(0), ends), pieces.filter(pa.array(which)))
        return pc.binary_join(lists, between)

    def total(self, values: npt.NDArray[Any]) -> Ints:
        """The sum of the values of each row's messages."""
        return np.bincount(self.row, values, self.rows).astype(np.int64)


def whole(rows: pa.Table, column: str) -> pa.Array:
    """A column in one piece."""
    chunks = rows.column(column).chunks
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays([*chunks, _none_of(rows, column)])


def _none_of(rows: pa.Table, column: str) -> pa.Array:
    return pa.array([], rows.schema.field(column).type)


def encoded(texts: pa.StringArray) -> tuple[Bytes, Ints]:
    """All texts' UTF-8, and where each starts, and the last one ends."""
    _, ends, data = texts.buffers()
    if not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    starts = np.frombuffer(ends, np.int32)[texts.offset :][: len(texts) + 1].astype(np.int64)
    used = np.frombuffer(data or b"", np.uint8)[starts[0] : starts[-1]]
    return used, starts - starts[0]


def pieces(texts: pa.StringArray) -> Iterator[memoryview]:
    """The UTF-8 of each text."""
    data, starts = encoded(texts)
    bounds = starts.tolist()
    view = np.ascontiguousarray(data).data
    return (view[start:end] for start, end in pairwise(bounds))


def each_text(
    texts: pa.StringArray,
    plain: Bools,
    at_once: Callable[[pa.StringArray], pa.Array],
    alone: Callable[[str], object],
) -> pa.Array:
    """What `at_once` says of the texts that are `plain`, and `alone` of each other one."""
    if plain.all():
        return at_once(texts)
    quick = at_once(texts.filter(pa.array(plain)))
    slow = [alone(text) for text in texts.filter(pa.array(~plain)).to_pylist()]
    place = np.where(plain, np.cumsum(plain) - 1, len(quick) + np.cumsum(~plain) - 1)
    return pa.concat_arrays([quick, pa.array(slow, quick.type)]).take(pa.array(place))


def are_ascii(texts: pa.StringArray) -> Bools:
    found: Bools = pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
    return found


def all_folded(texts: pa.StringArray) -> pa.StringArray:
    """`words.folded` of every text."""
    found = each_text(texts, are_ascii(texts), _folded_ascii, folded)
    symbols = pc.and_(pc.equal(pc.binary_length(found), 0), pc.greater(pc.binary_length(texts), 0))
    if not pc.any(symbols).as_py():
        return found
    return pc.replace_with_mask(found, symbols, pa.array(map(folded, texts.filter(symbols).to_pylist())))


def _folded_ascii(texts: pa.StringArray) -> pa.StringArray:
    """The words of each text with one space between them."""
    data, starts = encoded(texts)
    letters = ascii_table()[data]
    used = letters != 0
    words = run_starts(used, starts)
    # In front of a word stands what parts it from the last one of its text: that becomes a space.
    number = np.searchsorted(words, starts)
    gaps = np.delete(words, number[:-1][number[1:] > number[:-1]]) - 1
    used[gaps] = True
    letters[gaps] = _SPACE
    ends = np.append(np.int64(0), np.cumsum(used))[starts].astype(np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(letters[used]))


def run_starts(inside: Bools, starts: Ints) -> Ints:
    """Where the runs of what is `inside` begin; none goes on from one text into the next."""
    first = inside.copy()
    first[1:] &= ~inside[:-1]
    begun = starts[:-1][starts[:-1] < starts[1:]]
    first[begun] = inside[begun]
    return np.flatnonzero(first)
