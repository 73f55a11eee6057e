"""What a strategy is: how a child is asked for, and what becomes of the answer.

A child may take several requests, one after another: `judge` then answers an answer with `Further`. Each is a
pure function of the parent, the sample's number and the answers so far, so that a build with a full cache
makes the same children again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from curate.augment.prompts import Prompts
from curate.augment.verdict import Judgement
from curate.llm import Answer, Request
from curate.llm.quoting import clean, marks_escaped, quoted
from schemas.example import Example, Message

ROOM_TOKENS = 128  # for the JSON around the texts
LONGEST_TEXT = 8000  # characters; a rewriting of more is longer than most endpoints answer


@dataclass(frozen=True, slots=True)
class Wanted:
    """One child wanted: number `sample` (from 0) of `parent`. `beside` are other examples shown with it."""

    parent: Example
    sample: int
    beside: tuple[Example, ...] = field(default=())


class Strategy(Protocol):
    """`name` and `prompt` (its version) stand in the ledger. `invents` says that a child is no rewriting of
    its parent: then being near to it is no family likeness. `beside` is how many more examples it is shown,
    and `requests` how many a child takes when every answer is good."""

    name: str
    prompt: str
    children: int
    invents: bool
    beside: int
    requests: int

    def obstacle(self, wanted: Wanted, beside: Sequence[int] = (), /) -> str | None:
        """Why this row cannot have such a child. `wanted` is without the examples to be shown with it, which
        have so many characters."""
        ...

    def first(self, wanted: Wanted) -> Request: ...

    def judge(self, wanted: Wanted, step: int, answer: Answer, /) -> Judgement:
        """`step` counts the requests that were answered well before this one."""
        ...

    def about(self, wanted: Wanted, /) -> Mapping[str, Any]:
        """What the ledger says of this child besides model, prompt and sample."""
        ...


def request(
    prompt: str, payload: Mapping[str, Any], schema: Mapping[str, Any], size: int, sample: int
) -> Request:
    """`size` is about how many bytes of text the answer holds."""
    return Request(
        messages=(("system", prompt), ("user", quoted(payload))),
        schema=schema,
        max_tokens=ROOM_TOKENS + size,
        expected_tokens=16 + size // 4,
        sample=sample,
    )


def retry(prompts: Prompts, asked: Request, answer: Answer, reason: str) -> Request:
    """The same question once more, after an answer that a gate refused: a request of its own in the cache."""
    said = (("assistant", marks_escaped(clean(answer.content))),) if answer.content.strip() else ()
    words = prompts["retry"].text.replace("{reason}", marks_escaped(clean(reason)))
    return replace(asked, messages=(*asked.messages, *said, ("user", words)))


def conversation(messages: Sequence[Message]) -> list[dict[str, str]]:
    """The turns as a payload holds them."""
    return [{"role": m.role, "content": clean(m.content)} for m in messages]


def size_of(text: str) -> int:
    return len(clean(text).encode())
