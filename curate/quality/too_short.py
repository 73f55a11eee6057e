"""too_short: fewer words in all answers together than `min_words`. An answer that calls a tool is never too
short: its substance is the call."""

from typing import TYPE_CHECKING

import numpy as np

from curate.quality.text import words
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools, Ints

_CALLS = 2**31  # words: more than any text has
_LONG_WORD = 16  # characters: so many a word suffice to see of almost every text that it is long enough


def too_short(example: Example, settings: Quality) -> Verdict | None:
    least = settings.min_words
    answer = example.answer
    if len(words(answer[: least * _LONG_WORD])) > least:  # the cut may have made a last word of half a one
        return None
    count = len(words(answer))
    if count >= least or any(m.tool_calls for m in example.messages if m.role == "assistant"):
        return None
    return Verdict("too_short", score=float(count), threshold=float(least))


def words_of_answers(turns: "Turns") -> "Ints":
    """The words of all answers of each row; _CALLS where an answer calls a tool."""
    sizes = np.where(turns.calls, _CALLS, turns.words.sizes.astype(np.int64))[turns.of_assistant]
    return np.bincount(turns.answers.row, sizes, turns.rows).astype(np.int64)


def long_enough(words_of_answers: "Ints", settings: Quality) -> "Bools":
    """Rows that the rule passes."""
    return words_of_answers >= settings.min_words
