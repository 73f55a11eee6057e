"""json_safe: any value that a table can hold, as JSON can."""

import base64
import math
from collections.abc import Mapping
from typing import Any


def json_safe(value: Any) -> Any:
    """The value as JSON can hold it: dates and decimals as text, bytes as base64, and NaN and infinities as
    text, because JSON has no number for them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
