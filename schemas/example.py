"""Message and Example: a conversation with one identity from the raw line to its loss.

`example_id` is the hash of the messages as imported, whatever the file, line or machine.
`content_hash` is the hash of the messages as they are now: an edit changes it and keeps the id.

Neither class has slots: every row becomes JSON for its key, and orjson is four times as quick where a
dataclass has a `__dict__`.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from schemas.canonical import to_json

ROLES = ("system", "user", "assistant", "tool")
Origin = Literal["imported", "edited", "augmented"]

_SENSITIVE = ("pii:", "pii_scan_timeout", "toxicity:")  # flags

ID_LENGTH = 20  # hex digits: 80 bits, one collision expected at about 10^12 examples


@dataclass(frozen=True)
class Message:
    """One turn. `tool_calls` is canonical JSON text, because its shape differs from tool to tool."""

    role: str
    content: str
    name: str | None = None
    tool_calls: str | None = None
    tool_call_id: str | None = None

    def to_dict(self) -> dict[str, str]:
        """Role and content, and the tool fields that are present."""
        fields = {"role": self.role, "content": self.content}
        for key in ("name", "tool_calls", "tool_call_id"):
            value = getattr(self, key)
            if value is not None:
                fields[key] = value
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "Message":
        return cls(
            role=fields["role"],
            content=fields["content"],
            name=fields.get("name"),
            tool_calls=fields.get("tool_calls"),
            tool_call_id=fields.get("tool_call_id"),
        )


@dataclass(frozen=True)
class Example:
    """One conversation on its way through the stages.

    `line` is the 1-based position in `source`. `group_key` is a hash of the user's grouping value,
    never the value. `protected` says that a reviewer decided to keep it: no filter may drop it.
    """

    example_id: str
    messages: tuple[Message, ...]
    source: str
    line: int
    tags: tuple[str, ...] = ()
    priority: int = 1
    group_key: str | None = None
    group_id: str | None = None
    cluster_id: str | None = None
    parent_id: str | None = None
    origin: Origin = "imported"
    flags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    protected: bool = False
    split: str | None = None

    @property
    def prompt(self) -> str:
        """All user text, one turn a line."""
        return "\n".join(m.content for m in self.messages if m.role == "user")

    @property
    def answer(self) -> str:
        """All assistant text, one turn a line."""
        return "\n".join(m.content for m in self.messages if m.role == "assistant")

    @property
    def turns(self) -> tuple[Message, ...]:
        """The messages without a system prompt: what people, model and tools say."""
        return without_system(self.messages)

    def with_turns(self, turns: Iterable[Message]) -> "Example":
        """The same example with these behind its system prompt, in the place of its own."""
        system = (m for m in self.messages if m.role == "system")
        return replace(self, messages=(*system, *turns))

    @property
    def content_hash(self) -> str:
        return hash_messages(self.messages)

    @property
    def may_be_shown(self) -> bool:
        """Whether a page may hold its text: not where pii or toxicity flagged it, or its scan ran out of
        time."""
        return not any(flag.startswith(_SENSITIVE) for flag in self.flags)

    def flagged(self, *flags: str) -> "Example":
        """The same example with these flags too, in first-seen order."""
        return replace(self, flags=tuple(dict.fromkeys((*self.flags, *flags))))


def without_system(messages: Iterable[Message]) -> tuple[Message, ...]:
    """All but the system prompt."""
    return tuple(m for m in messages if m.role != "system")


def canonical_text(text: str) -> str:
    """NFC, with `\\n` line ends and no white space around: what identity is taken over."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def hash_messages(messages: Iterable[Message]) -> str:
    """SHA-256 over the canonical JSON of the messages, first 20 hex digits."""
    return _hash_of([_hashed_fields(m, canonical_text(m.content)) for m in messages])


def hash_canonical(messages: Iterable[Message]) -> str:
    """The same, of messages whose contents are canonical text already."""
    return _hash_of([_hashed_fields(m, m.content) for m in messages])


def _hashed_fields(message: Message, content: str) -> dict[str, str]:
    """What a message's hash is taken over, keys sorted."""
    if message.name is None and message.tool_calls is None and message.tool_call_id is None:
        return {"content": content, "role": message.role}
    return dict(sorted({**message.to_dict(), "content": content}.items()))


def _hash_of(fields: list[dict[str, str]]) -> str:
    try:
        data = orjson.dumps(fields)  # the same bytes as to_json, as long as there are only texts
    except TypeError:
        data = to_json(fields).encode("utf-8", "surrogatepass")  # a lone surrogate
    return hashlib.sha256(data).hexdigest()[:ID_LENGTH]


def hash_value(value: str) -> str:
    """A one-way key for a value that must not be stored, such as a customer's name."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]
