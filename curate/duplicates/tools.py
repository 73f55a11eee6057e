"""What tools are asked for and what they answer, so that rows can be compared by it.

A call is the name of a function and its arguments; a result is a text. The order of calls, results and
argument names says nothing, nor do ids.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from schemas.canonical import to_json
from schemas.example import Message, canonical_text

Tools = tuple[str, ...]
"""Calls or results, each as canonical text, sorted."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def has_tools(messages: Iterable[Message]) -> bool:
    return any(message.role == "tool" or message.tool_calls for message in messages)


def calls(messages: Iterable[Message]) -> Tools:
    """What the assistant asks of tools."""
    return _sorted(call for message in messages if message.tool_calls for call in _calls(message.tool_calls))


def results(messages: Iterable[Message]) -> Tools:
    """What tools answer."""
    return _sorted(_result(message.content) for message in messages if message.role == "tool")


def differ_in_numbers(a: Tools, b: Tools) -> bool:
    """Whether nothing but numbers differs."""
    return list(map(_without_numbers, a)) == list(map(_without_numbers, b))


def _calls(text: str) -> list[str]:
    decoded = _decoded(text)
    return list(map(_call, decoded)) if isinstance(decoded, list) else [text]


def _call(call: Any) -> str:
    function = call.get("function", call) if isinstance(call, dict) else call
    if not isinstance(function, dict) or "name" not in function:
        return to_json(call)
    return to_json({"name": function["name"], "arguments": function.get("arguments")})


def _result(text: str) -> str:
    decoded = _decoded(text)
    return canonical_text(text) if decoded is None else to_json(decoded)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _sorted(texts: Iterable[str]) -> Tools:
    """Texts that differ in numbers alone stand at the same place."""
    return tuple(sorted(texts, key=lambda text: (_without_numbers(text), text)))


def _without_numbers(text: str) -> str:
    return _NUMBER.sub("0", text)
