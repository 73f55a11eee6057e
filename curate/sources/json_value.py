"""parse_json: a JSON text as a value, exactly, or the reason why it is none."""

import json
import math
import re
from typing import Any, NoReturn

import orjson

from curate.sources.rows import INVALID_UTF8, BadRow

BROKEN_JSON = "broken JSON"
LONE_SURROGATE = "lone surrogate"
NOT_FINITE = "NaN or infinity"
TOO_DEEP = "nested too deep"

# orjson reads integers beyond 64 bits as floats, which would make different keys equal.
LONG = 19  # digits; no integer below is beyond 64 bits
_LONG_INTEGER = re.compile(rb"\d{%d}" % LONG)
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


def parse_json(text: bytes) -> Any:
    """The value, integers exact at any length; of a key that stands twice, the last. Raises BadRow for what
    is no JSON (RFC 8259) in UTF-8, and for strings with lone surrogates, which no UTF-8 file can hold."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _parse_exactly(text)  # the slower parser says what is wrong
    if len(text.translate(None, _NO_DIGITS)) < LONG or not _LONG_INTEGER.search(text):
        return value
    return _parse_exactly(text)


def parses(text: bytes) -> bool:
    try:
        parse_json(text)
    except BadRow:
        return False
    return True


def _parse_exactly(text: bytes) -> Any:
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_not_finite, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError:
        raise BadRow(INVALID_UTF8) from None
    except UnicodeEncodeError:
        raise BadRow(LONE_SURROGATE) from None
    except RecursionError:
        raise BadRow(TOO_DEEP) from None
    except ValueError:
        raise BadRow(BROKEN_JSON) from None
    return value


def _not_finite(_: str) -> NoReturn:
    raise BadRow(NOT_FINITE)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise BadRow(NOT_FINITE)
    return value
