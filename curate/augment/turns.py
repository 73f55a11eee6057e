"""The turns of a conversation that a strategy rewrites, as the model is asked for them and gives them
back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from schemas.example import Example, Message
from schemas.recipe import Rewrites

Turns = Mapping[str, Sequence[str]]  # by the name of the list in the model's answer

_ROLES = {"user_turns": "user", "assistant_turns": "assistant"}
_LISTS: Mapping[Rewrites, tuple[str, ...]] = {
    "prompt": ("user_turns",),
    "answer": ("assistant_turns",),
    "both": ("user_turns", "assistant_turns"),
}


def turns_of(example: Example, rewrites: Rewrites) -> dict[str, list[str]]:
    """The texts to rewrite: every user turn, and every assistant turn that says something."""
    return {name: [m.content for m in example.messages if _rewritten(m, name)] for name in _LISTS[rewrites]}


def messages_of(parent: Example, turns: Turns) -> tuple[Message, ...]:
    """The parent's messages with these turns in the place of its own, one for one."""
    new = {name: iter(texts) for name, texts in turns.items()}
    messages = []
    for message in parent.messages:
        name = next((name for name in new if _rewritten(message, name)), None)
        messages.append(message if name is None else replace(message, content=next(new[name])))
    return tuple(messages)


def all_text(turns: Turns) -> str:
    return "\n".join(text for texts in turns.values() for text in texts)


def schema_of(rewrites: Rewrites) -> dict[str, Any]:
    """The JSON Schema of the model's answer."""
    return lists_schema(_LISTS[rewrites])


def shape_of(rewrites: Rewrites) -> str:
    """The same, as a prompt says it."""
    return "{" + ", ".join(f'"{name}": ["…"]' for name in _LISTS[rewrites]) + "}"


def lists_schema(names: Sequence[str]) -> dict[str, Any]:
    """An object of lists of texts and nothing else."""
    return {
        "type": "object",
        "properties": {name: {"type": "array", "items": {"type": "string"}} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


def _rewritten(message: Message, name: str) -> bool:
    return message.role == _ROLES[name] and (message.role == "user" or bool(message.content.strip()))
