"""Rows for the dataset stages."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.example import Example, Message, hash_messages

MakeRow = Callable[..., Example]


@pytest.fixture
def row() -> MakeRow:
    """Makes a row of prompt and answer at the next line of `raw/a.jsonl`."""
    lines = iter(range(1, 10**9))

    def make(prompt: str, answer: str, **fields: Any) -> Example:
        messages = (Message("user", prompt), Message("assistant", answer))
        fields = {"source": "raw/a.jsonl", "line": next(lines), **fields}
        return Example(**{"example_id": hash_messages(messages), "messages": messages, **fields})

    return make
