"""The strategy `paraphrase`: other words for the user's turns, the answers kept as they are.

An answer that was right for a question stays right for a paraphrase of it, and the trained tokens stay those
that people wrote; a paraphrased answer would train the model on another model's style. The whole conversation
goes along as context, as a quoted JSON payload: what stands inside is data, and no text in it can end the
quotation. The prompts are files in `prompts/`, named in the ledger by their hash.
"""

import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from curate.augment.request import Answer, Request
from schemas.example import Example, Message

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"user_turns": {"type": "array", "items": {"type": "string"}}},
    "required": ["user_turns"],
    "additionalProperties": False,
}

_ROOM_TOKENS = 128  # for the JSON around the turns
_VERSION_LENGTH = 12
# Angle brackets that are no placeholder of ours, and Llama's marks: a server that reads special tokens out of
# message text must not find `<|im_end|>` or `[/INST]` in the payload. JSON reads the escapes back.
_TEMPLATE_MARK = re.compile(r"<(?![A-Z][A-Z0-9_]*>)|\[(?=/?INST\])")


def request_of(parent: Example, sample: int) -> Request:
    """The question for child number `sample` (from 0) of this parent."""
    size = len(_clean(parent.prompt).encode())
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
    words = _prompt("retry").replace("{reason}", _clean(reason))
    return replace(request, messages=(*request.messages, *said, ("user", words)))


def payload(parent: Example, sample: int) -> str:
    """The conversation as one line of JSON without template marks."""
    turns = [{"role": m.role, "content": _clean(m.content)} for m in parent.messages]
    text = json.dumps({"variant": sample + 1, "conversation": turns}, ensure_ascii=False)
    return _TEMPLATE_MARK.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text)


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


def _clean(text: str) -> str:
    """Without lone surrogates, which no request can carry."""
    return text.encode("utf-8", "replace").decode()
