"""too_short: fewer words in all answers together than `min_words`. An answer that calls a tool is never too
short: its substance is the call."""

from curate.quality.text import words
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality


def too_short(example: Example, settings: Quality) -> Verdict | None:
    if any(m.tool_calls for m in example.messages if m.role == "assistant"):
        return None
    count = len(words(example.answer))
    if count >= settings.min_words:
        return None
    return Verdict("too_short", score=float(count), threshold=float(settings.min_words))
