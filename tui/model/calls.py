"""An assistant's tool calls as a person reads them."""

import json
from typing import Any


def calls_in_words(tool_calls: str) -> str:
    """`get_weather(city="Oslo", units="metric")`, a line a call; what has another shape as it stands."""
    try:
        calls = json.loads(tool_calls)
        return "\n".join(_call(call["function"]) for call in calls)
    except (ValueError, TypeError, KeyError, RecursionError):
        return tool_calls


def _call(function: dict[str, Any]) -> str:
    arguments = function["arguments"]
    if isinstance(arguments, dict):
        told = ", ".join(f"{name}={_value(value)}" for name, value in arguments.items())
    else:
        told = str(arguments)
    return f"{function['name']}({told})"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
