"""Asking a quality rule about one conversation."""

from typing import Any

from curate.quality.verdict import Rule, Verdict
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Quality


def conversation(*contents: str) -> Example:
    """User and assistant in turns."""
    messages = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(contents))
    return Example(hash_messages(messages), messages, "raw.jsonl", 1)


def asked(rule: Rule, answer: str, **options: Any) -> Verdict | None:
    """What the rule says of an answer to `A question?`."""
    return rule(conversation("A question?", answer), Quality(**options))
