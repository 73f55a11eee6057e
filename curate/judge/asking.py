"""What the judge is asked: the rubric as instructions, the conversation as quoted data.

Stripped of the system prompt, which every example shares and no row answers for: put what it demands into a
rubric of your own. The same conversation under the same rubric is the same request, and so is asked once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from curate.judge.grades import BEST, WORST
from curate.judge.rubric import Rubric
from curate.llm import Answer, Request
from curate.llm.quoting import clean, quoted
from schemas.example import Message, without_system

_REASON_TOKENS = 96  # of one criterion, with the JSON around it: a sentence, generously
_EXPECTED_TOKENS = 40


def request_of(messages: Sequence[Message], rubric: Rubric) -> Request:
    """The question about one conversation."""
    turns = list(map(_turn, without_system(messages)))
    return Request(
        messages=(("system", rubric.instructions), ("user", quoted({"conversation": turns}))),
        schema=schema_of(rubric),
        max_tokens=_REASON_TOKENS * len(rubric.criteria) + _REASON_TOKENS,
        expected_tokens=_EXPECTED_TOKENS * len(rubric.criteria),
    )


def retry_of(request: Request, answer: Answer, words: str) -> Request:
    """The same question once more after an answer that was none."""
    said = (("assistant", clean(answer.content)),) if answer.content.strip() else ()
    again = f"That was no verdict: {words}. Judge the same example again, by the same rubric, as JSON alone."
    return replace(request, messages=(*request.messages, *said, ("user", again)))


def schema_of(rubric: Rubric) -> Mapping[str, Any]:
    """JSON Schema of a verdict, in the part of it that strict structured output knows. The reason comes
    first: a model that has said what it saw scores by it."""
    grade = {
        "type": "object",
        "properties": {
            "reason": {"type": "string"},
            "score": {"type": "integer", "enum": list(range(WORST, BEST + 1))},
        },
        "required": ["reason", "score"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": dict.fromkeys(rubric.criteria, grade),
        "required": list(rubric.criteria),
        "additionalProperties": False,
    }


def _turn(message: Message) -> dict[str, str]:
    return {name: clean(value) for name, value in message.to_dict().items()}
