"""Turns: what the rules read of many rows, as columns, so that no row need become an Example for it.

A rule that says for a whole column which rows it passes looks at bytes where that is enough, and asks its own
function of one text where it is not: both ways say the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.quality.signs import Signs
from schemas.arrays import Bools, Ints

if TYPE_CHECKING:
    from curate.quality.hashed_words import HashedWords


@dataclass(frozen=True, slots=True)
class Texts:
    """Messages' texts, and the row that each is of."""

    content: pa.StringArray
    row: Ints

    def __len__(self) -> int:
        return len(self.row)

    def some(self, which: Bools) -> "Texts":
        return Texts(self.content.filter(pa.array(which)), self.row[which])

    def opening(self, characters: int) -> "Texts":
        """So many characters of each."""
        return Texts(pc.utf8_slice_codeunits(self.content, 0, characters), self.row)

    def ascii(self) -> Bools:
        """Those without another character."""
        return _bools(pc.string_is_ascii(self.content))

    def holding(self, pattern: str) -> Bools:
        """Those in which RE2 finds the pattern; its classes such as `\\s` are of ASCII alone."""
        return _bools(pc.match_substring_regex(self.content, pattern))

    def with_byte(self, some: bytes) -> Bools:
        """Those with one of these characters, which are ASCII."""
        from curate.quality.hashed_words import text_bytes
        from curate.quality.kernels import find_bytes

        data, starts, ends = text_bytes(self.content)
        wanted = np.zeros(256, dtype=bool)
        wanted[list(some)] = True
        found = np.empty(len(starts), dtype=bool)
        find_bytes(data, starts, ends, wanted, found)
        return found

    def alphabets(self, wide: Sequence[tuple[int, int]]) -> tuple[Ints, Ints, Ints]:
        """How many characters of each text are ASCII, of these ranges, and others."""
        from curate.quality.hashed_words import text_bytes
        from curate.quality.kernels import count_alphabets

        data, starts, ends = text_bytes(self.content)
        found = np.empty((3, len(starts)), np.int64)
        count_alphabets(data, starts, ends, np.array(wide), *found)
        return found[0], found[1], found[2]

    def with_sign(self, signs: Signs) -> Bools:
        """Those in which one of the signs may stand."""
        return signs.may_stand_in(self.content)

    def judged(self, which: Bools, judge: Callable[[str], object]) -> Bools:
        """Those of `which` to that `judge` says yes."""
        found = which.copy()
        found[which] = [bool(judge(text)) for text in self.some(which).content.to_pylist()]
        return found


class Turns:
    """The messages of `rows`, whose schema is `schemas.row_table.ROWS`."""

    def __init__(self, rows: pa.Table) -> None:
        lists = rows.column("messages").combine_chunks()
        fields = dict(zip([f.name for f in lists.type.value_type], lists.flatten().flatten(), strict=True))
        self.rows = len(lists)
        row = np.repeat(np.arange(self.rows), lists.value_lengths().to_numpy(zero_copy_only=False))
        self.messages = Texts(fields["content"], row)
        self.tool_calls = Texts(fields["tool_calls"].fill_null(""), row)
        self.calls = _bools(pc.greater(pc.binary_length(self.tool_calls.content), 0))
        self.of_user = _bools(pc.equal(fields["role"], "user"))
        self.of_assistant = _bools(pc.equal(fields["role"], "assistant"))

    @cached_property
    def spoken(self) -> Bools:
        """Of messages: what user and assistant say."""
        return self.of_user | self.of_assistant

    @cached_property
    def answers(self) -> Texts:
        return self.messages.some(self.of_assistant)

    @cached_property
    def is_last_answer(self) -> Bools:
        """Of messages: the last answer of each row that has one."""
        at = np.flatnonzero(self.of_assistant)
        rows = self.messages.row[at]
        found = np.zeros(len(self.messages), dtype=bool)
        found[at] = np.append(rows[1:] != rows[:-1], True) if len(at) else False
        return found

    @cached_property
    def in_turn(self) -> Bools:
        """Rows in which user and assistant say something in turn, from a question to an answer, and call
        nothing."""
        sizes = np.bincount(self.messages.row, minlength=self.rows)
        place = np.arange(len(self.messages)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        says = _bools(pc.greater(pc.binary_length(self.messages.content), 0)) & ~self.calls
        right: Bools = np.where(place % 2, self.of_assistant, self.of_user) & says
        whole: Bools = (sizes > 0) & (sizes % 2 == 0)
        return self.without(self.messages.row, ~right) & whole

    @cached_property
    def words(self) -> "HashedWords":
        """Of what is spoken; other messages have none."""
        from curate.quality.hashed_words import hashed_words

        return hashed_words(self.messages.content, self.spoken)

    def without(self, row: Ints, which: Bools) -> Bools:
        """Rows none of whose texts is one of `which`; `row` has the row of each text."""
        found = np.ones(self.rows, dtype=bool)
        found[row[which]] = False
        return found


def _bools(array: pa.Array) -> Bools:
    found: Bools = array.to_numpy(zero_copy_only=False)
    return found
