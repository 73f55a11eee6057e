"""too_short: fewer words in all answers together than `min_words`. An answer that calls a tool is never too
short: its substance is the call."""

from curate.quality.text import words
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

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
