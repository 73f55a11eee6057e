"""What is asked of an endpoint and what comes back; the seam between who asks and the network.

A `Completer` gets a list of requests and gives a list of replies in the same order: an `Answer`, as the
endpoint gave it, or `Unanswered` with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Turn = tuple[str, str]  # role, content


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `sample` tells apart requests that are otherwise equal, so that each has its own answer.

    `schema` is the JSON Schema that the answer's content must fit. `max_tokens` bounds the answer, and so
    its price; `expected_tokens` is a guess at its size, for the estimate alone.
    """

    messages: tuple[Turn, ...]
    schema: Mapping[str, Any]
    max_tokens: int
    expected_tokens: int
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the endpoint said. `refusal` is the refusal field of structured output, not a judgement."""

    content: str
    refusal: str | None = None
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that an answer was billed for."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer in this build: money ran out, the endpoint failed every time, it refused the request, or
    nobody asked it (`curate.llm.rehearsal`).

    `budget` and `failed` are worth asking again; `rejected` (an HTTP 4xx for this very request) is not.
    """

    reason: Literal["budget", "failed", "rejected", "unasked"]
    words: str = ""


Reply = Answer | Unanswered


class Completer(Protocol):
    """Asks; `model` goes into the ledger, `key` names a request there."""

    model: str

    def __call__(self, requests: Sequence[Request]) -> list[Reply]: ...

    def key(self, request: Request) -> str: ...
