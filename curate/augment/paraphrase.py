"""The strategy `paraphrase`: other words for the user's turns, the answers kept as they are.

An answer that was right for a question stays right for a paraphrase of it, and the trained tokens stay those
that people wrote; a paraphrased answer would train the model on another model's style. The whole conversation
goes along as context, as a quoted JSON payload: what stands inside is data, and no text in it can end the
quotation. The prompts are files in `prompts/`, named in the ledger by their hash.
"""

import hashlib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from curate.llm.quoting import clean, quoted
from curate.llm.request import Answer, Request
from schemas.example import Example, Message

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"user_turns": {"type": "array", "items": {"type": "string"}}},
    "required": ["user_turns"],
    "additionalProperties": False,
}

_ROOM_TOKENS = 128  # for the JSON around the turns
_VERSION_LENGTH = 12


def request_of(parent: Example, sample: int) -> Request:
    """The question for child number `sample` (from 0) of this parent."""
    size = len(clean(parent.prompt).encode())
    return Request(
        messages=(("system", _prompt("paraphrase")), ("user", payload(parent, sample))),
        schema=SCHEMA,
        max_tokens=_ROOM_TOKENS + size,
        expected_tokens=16 + size // 4,
        sample=sample,
    )


def retry_of(request: Request, answer: Answer, reason: str) -> Request:
    """The same question once more, after an answer that a gate refused: a request of its own in the cache."""
    said = (("assistant", answer.content),) if answer.content.strip() else ()
    words = _prompt("retry").replace("{reason}", clean(reason))
    return replace(request, messages=(*request.messages, *said, ("user", words)))


def payload(parent: Example, sample: int) -> str:
    """The conversation as one line of JSON without template marks."""
    turns = [{"role": m.role, "content": clean(m.content)} for m in parent.messages]
    return quoted({"variant": sample + 1, "conversation": turns})


def messages_of(parent: Example, user_turns: list[str]) -> tuple[Message, ...]:
    """The parent's messages with its user turns replaced, one for one."""
    turns = iter(user_turns)
    return tuple(replace(m, content=next(turns)) if m.role == "user" else m for m in parent.messages)


@cache
def prompt_version() -> str:
    """Changes with any word of the prompts."""
    text = "\0".join(_prompt(name) for name in ("paraphrase", "retry"))
    return "paraphrase-" + hashlib.sha256(text.encode()).hexdigest()[:_VERSION_LENGTH]


@cache
def _prompt(name: str) -> str:
    return files("curate.augment").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")
