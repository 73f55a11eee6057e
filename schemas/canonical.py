"""Canonical JSON: sorted keys, no spaces, so that equal values are equal bytes."""

import json
from typing import Any


def to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
