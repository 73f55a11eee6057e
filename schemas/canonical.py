"""Canonical JSON: sorted keys, no spaces, so that equal values are equal bytes."""

import json
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def to_json(value: Any) -> str:
    return _ENCODER.encode(value)
