"""What becomes of a model's answer: a child, a further question, or a refusal by a gate."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from curate.llm import Request
from schemas.example import Message


@dataclass(frozen=True, slots=True)
class Passed:
    """`similarity` is the new text's to the old one's, 0 to 1 (`curate.augment.alike`)."""

    messages: tuple[Message, ...]
    similarity: float


@dataclass(frozen=True, slots=True)
class Further:
    """The answer is good and leads to another request before there is a child."""

    request: Request


@dataclass(frozen=True, slots=True)
class Refused:
    """`words` go to the model with a retry; `score` and `threshold` go to the ledger."""

    gate: str
    words: str
    score: float | None = field(default=None)
    threshold: float | None = field(default=None)


Judgement = Passed | Further | Refused


def first_refused(found: Sequence[Refused | None]) -> Refused | None:
    return next((refused for refused in found if refused is not None), None)
