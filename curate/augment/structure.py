"""Structure that a rewriting must keep: JSON keys and kinds, code fences.

Code inside of fences and backticks is a literal (`curate.augment.literals`) and is kept letter by letter.
"""

import json
from typing import Any

from curate.augment.verdict import Refused

_FENCE = "```"


def structure_kept(old: str, new: str) -> Refused | None:
    before = as_json(old)
    if before is not None:
        after = as_json(new)
        if after is None:
            return Refused("structure", "the original turn is JSON; the new one must be JSON, too")
        if _shape(before) != _shape(after):
            return Refused("structure", "the JSON has other keys or kinds of values than the original")
    if new.count(_FENCE) != old.count(_FENCE):
        return Refused("structure", "it has other code blocks than the original")
    return None


def as_json(text: str) -> Any | None:
    """The object or array that a text is, or None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def leaves(value: Any) -> str:
    """What a JSON value says: its texts and numbers, one a line."""
    if isinstance(value, dict):
        return "\n".join(leaves(v) for v in value.values())
    if isinstance(value, list):
        return "\n".join(leaves(v) for v in value)
    return value if isinstance(value, str) else json.dumps(value)


def _shape(value: Any) -> Any:
    """Keys and kinds, without what the texts say."""
    if isinstance(value, dict):
        return {key: _shape(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_shape(v) for v in value]
    return type(value).__name__
