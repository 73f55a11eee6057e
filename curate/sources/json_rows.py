"""Rows of JSON Lines and JSON files. Every row is parsed by itself: a broken one costs itself alone."""

import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any, NoReturn

import orjson

from curate.sources.json_array import elements
from curate.sources.lines import byte_lines, read_bytes
from curate.sources.rows import EMPTY_ROW, INVALID_UTF8, MAX_DEPTH, BadRow, RawRow

BROKEN_JSON = "broken JSON"
LONE_SURROGATE = "lone surrogate"
NOT_FINITE = "NaN or infinity"
TOO_DEEP = "nested too deep"
NOT_AN_OBJECT = "not an object"

# orjson reads integers beyond 64 bits as floats, which would make different keys equal.
_LONG_INTEGER = re.compile(rb"\d{19}")
# Lists under these keys are a conversation, under any other a wrapper's rows.
_CONVERSATION = ("messages", "conversations", "conversation")


def parse_json(text: bytes) -> Any:
    """The value, integers exact at any length. Raises BadRow for what is no JSON (RFC 8259) in UTF-8, and for
    strings with lone surrogates, which no UTF-8 file can hold."""
    if not _LONG_INTEGER.search(text):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass  # the slower parser says what is wrong
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


def jsonl_rows(path: Path) -> Iterator[RawRow]:
    """A row a physical line, blank ones too. A file that is one JSON array after all is read as such."""
    lines = byte_lines(path)
    head: list[bytes] = []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    if head and head[-1].lstrip().startswith(b"[") and not _parses(head[-1]):
        yield from json_rows(path)
        return
    yield from _numbered(chain(head, lines))


def json_rows(path: Path) -> Iterator[RawRow]:
    """A row an element of the file's array, whether bare or the one list in an object. A single object is one
    row; a file that is JSON Lines after all is read as such."""
    data = read_bytes(path)
    if not data.strip():
        return
    try:
        value = parse_json(data)
    except BadRow as bad:
        yield from _of_broken_file(data, bad)
        return
    rows = value if isinstance(value, list) else _wrapped(value)
    for number, fields in enumerate([value] if rows is None else rows, start=1):
        problem = _shape_problem(fields)
        yield RawRow(number, fields, problem=problem)


def _of_broken_file(data: bytes, bad: BadRow) -> Iterator[RawRow]:
    lines = list(io.BytesIO(data))
    first = next(line for line in lines if line.strip())
    if first.lstrip().startswith(b"{") and _parses(first):
        yield from _numbered(lines)
    elif (pieces := elements(data, _parses)) is not None:
        yield from _numbered(pieces)
    else:
        yield RawRow(1, raw=data, problem=bad.reason)


def _wrapped(value: Any) -> list[Any] | None:
    """The rows in an object that is no row itself: its one list of objects."""
    if not isinstance(value, dict) or any(key in value for key in _CONVERSATION):
        return None
    lists = [v for v in value.values() if isinstance(v, list) and (not v or isinstance(v[0], dict))]
    return lists[0] if len(lists) == 1 else None


def _numbered(raws: Iterable[bytes]) -> Iterator[RawRow]:
    for number, raw in zip(count(1), raws):
        yield _row(number, raw)


def _row(number: int, raw: bytes) -> RawRow:
    if not raw.strip():
        return RawRow(number, raw=raw, problem=EMPTY_ROW)
    try:
        fields = parse_json(raw)
    except BadRow as bad:
        return RawRow(number, raw=raw, problem=bad.reason)
    return RawRow(number, fields, raw, _shape_problem(fields))


def _shape_problem(fields: Any) -> str | None:
    if not isinstance(fields, dict):
        return NOT_AN_OBJECT
    return TOO_DEEP if _deeper_than(fields, MAX_DEPTH) else None


def _deeper_than(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_deeper_than(v, levels - 1) for v in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper_than(v, levels - 1) for v in value)
    return False


def _parses(text: bytes) -> bool:
    try:
        parse_json(text)
    except BadRow:
        return False
    return True


def _not_finite(_: str) -> NoReturn:
    raise BadRow(NOT_FINITE)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise BadRow(NOT_FINITE)
    return value
