"""The chat template of a tokenizer: what it can do, and an example rendered with the spans to train on.

Only what the assistant says is trained, with the end-of-turn marker, or a model never learns to stop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.example import Example

Tokenizer = Any  # a transformers PreTrainedTokenizerFast; transformers has no types to check against


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """`marks`: it has `{% generation %}` marks. `system_role`: it renders a system message.
    `end_of_turn`: the text that closes an assistant turn, None where the template has none."""

    name: str
    sha256: str
    marks: bool
    system_role: bool
    end_of_turn: str | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text that goes into the tokenizer, and the character spans [start, end) that are trained."""

    text: str
    trained: tuple[tuple[int, int], ...]


def template_sha256(tokenizer: Tokenizer) -> str:
    """SHA-256 of the chat template's text, for `run.json`."""
    raise NotImplementedError


def read_template(tokenizer: Tokenizer) -> ChatTemplate:
    """What the tokenizer's template can do. Raises UsageError when it has none or is not a fast tokenizer."""
    raise NotImplementedError


def render(template: ChatTemplate, tokenizer: Tokenizer, example: Example) -> Rendered:
    """The conversation as the model sees it."""
    raise NotImplementedError


def as_chat(messages: Sequence[Any], system_role: bool) -> list[dict[str, Any]]:
    """Messages in the shape that templates expect; tool calls decoded."""
    raise NotImplementedError
