"""answer_repeats_question: an answer that says what the user said just before it, and nothing else.

The same words but for case and punctuation, or all of them with at most three more, in a message of four
words or more. Flagged unless the recipe says more: `repeat after me` is a task, too.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from curate.quality.text import words
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools

_LEAST_WORDS = 4
_MORE_WORDS = 3
_MORE_CHARACTERS = 60  # beyond double the other's length, no text of the same words is so much longer


def answer_repeats_question(example: Example, _: Quality) -> Verdict | None:
    for question, answer in pairwise(example.messages):
        if (
            question.role == "user"
            and answer.role == "assistant"
            and _of_like_length(question.content, answer.content)
            and _echoes(question.content, answer.content)
        ):
            return Verdict("answer_repeats_question")
    return None


def without_echo(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    row, known = turns.messages.row, turns.words
    follows = turns.of_user[:-1] & turns.of_assistant[1:] & (row[:-1] == row[1:])
    asked = np.flatnonzero(follows)
    return turns.without(row[asked], known.echoes(asked, _LEAST_WORDS, _MORE_WORDS))


def _of_like_length(question: str, answer: str) -> bool:
    asked, answered = len(question), len(answer)
    return answered <= 2 * asked + _MORE_CHARACTERS and asked <= 2 * answered + _MORE_CHARACTERS


def _echoes(question: str, answer: str) -> bool:
    asked, answered = words(question), words(answer)
    if len(asked) < _LEAST_WORDS or not len(asked) <= len(answered) <= len(asked) + _MORE_WORDS:
        return False
    extra = len(answered) - len(asked)
    return any(answered[i : i + len(asked)] == asked for i in range(extra + 1))
