"""empty_answer: the last assistant turn has no text and calls no tool, so there is nothing to learn."""

from typing import TYPE_CHECKING

from curate.quality.text import last_answer
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools


def empty_answer(example: Example, _: Quality) -> Verdict | None:
    answer = last_answer(example)
    if answer is None or (not answer.content.strip() and not answer.tool_calls):
        return Verdict("empty_answer")
    return None


def with_an_answer(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    texts = turns.messages
    unclear = turns.is_last_answer & ~turns.calls
    unclear[unclear] = ~texts.some(unclear).holding("[!-~]")
    empty = texts.judged(unclear, lambda text: not text.strip())
    return ~turns.without(texts.row, turns.is_last_answer & ~empty)
