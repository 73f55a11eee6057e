"""empty_answer: the last assistant turn has no text and calls no tool, so there is nothing to learn."""

from curate.quality.text import last_answer
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality


def empty_answer(example: Example, settings: Quality) -> Verdict | None:  # noqa: ARG001
    answer = last_answer(example)
    if answer is None or (not answer.content.strip() and not answer.tool_calls):
        return Verdict("empty_answer")
    return None
