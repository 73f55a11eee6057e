"""parse_json: a JSON text as a value, exactly, or the reason why it is none."""

import json
import math
from collections.abc import Sequence
from typing import Any, NoReturn

import jiter

from curate.sources.rows import INVALID_UTF8, BadRow
from schemas.canonical import to_json

BROKEN_JSON = "broken JSON"
DUPLICATE_KEY = "duplicate key"
LONE_SURROGATE = "lone surrogate"
NOT_FINITE = "NaN or infinity"
TOO_DEEP = "nested too deep"

_LEVELS = 200  # where the quick parser stops


def parse_json(text: bytes, levels: int = _LEVELS) -> Any:
    """The value, integers exact at any length. Raises BadRow for what is no JSON (RFC 8259) in UTF-8, is
    nested deeper than `levels`, or says two things under one key, and for strings with lone surrogates, which
    no UTF-8 file can hold."""
    try:
        value = jiter.from_json(text, allow_inf_nan=False, cache_mode="keys", catch_duplicate_keys=True)
    except ValueError:
        value = _parse_exactly(text)  # the slower parser says what is wrong
    _check((value,), levels + 1)
    return value


def parses(text: bytes) -> bool:
    """Whether it is JSON, whatever stands under its keys."""
    try:
        parse_json(text)
    except BadRow as bad:
        return bad.reason == DUPLICATE_KEY
    return True


def ambiguous_keys(text: bytes) -> list[str]:
    """Keys that stand twice in one object with different values, in the order of their objects' ends. Raises
    BadRow."""
    return _decoded(text)[1]


def _parse_exactly(text: bytes) -> Any:
    value, ambiguous = _decoded(text)
    if ambiguous:
        raise BadRow(DUPLICATE_KEY)
    return value


def _decoded(text: bytes) -> tuple[Any, list[str]]:
    """The value, of a key that stands twice the last, and such keys whose values differ."""
    ambiguous: list[str] = []

    def joined(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            ambiguous.extend(dict.fromkeys(k for k, v in pairs if to_json(v) != to_json(fields[k])))
        return fields

    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=joined,
            parse_constant=_not_finite,
            parse_float=_finite,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError:
        raise BadRow(INVALID_UTF8) from None
    except UnicodeEncodeError:
        raise BadRow(LONE_SURROGATE) from None
    except RecursionError:
        raise BadRow(TOO_DEEP) from None
    except ValueError:
        raise BadRow(BROKEN_JSON) from None
    return value, ambiguous


def _check(parts: Any, levels: int) -> None:
    """Of the parts of a value, in containers of so many levels."""
    if not levels:
        raise BadRow(TOO_DEEP)
    for part in parts:
        kind = part.__class__
        if kind is str:
            continue
        if kind is dict:
            _check(part.values(), levels - 1)
        elif kind is list:
            _check(part, levels - 1)
        elif kind is float and math.isinf(part):
            raise BadRow(NOT_FINITE)


def _not_finite(_: str) -> NoReturn:
    raise BadRow(NOT_FINITE)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise BadRow(NOT_FINITE)
    return value
