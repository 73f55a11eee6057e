"""Rows of JSON Lines and JSON files. Every row is parsed by itself: a broken one costs itself alone."""

from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

from curate.sources.json_value import DUPLICATE_KEY, TOO_DEEP, parse_json, parses
from curate.sources.readers.json_tables import rows_in
from curate.sources.readers.lines import TOO_LONG, byte_lines
from curate.sources.readers.streams import chunks, plain_utf8
from curate.sources.readers.window import Window
from curate.sources.rows import EMPTY_ROW, MAX_DEPTH, BadLine, BadRow, RawRow

NOT_AN_OBJECT = "not an object"


def jsonl_rows(path: Path, encoding: str | None = None) -> Iterator[RawRow]:
    """A row a physical line, blank ones too. A file that is one JSON array after all, or objects over several
    lines each, is read as such."""
    lines = byte_lines(path, encoding)
    head: list[bytes] = []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    first = head[-1].strip() if head else b""
    if first == b"{" or (first.startswith(b"[") and not (parses(first) and _another(lines, head))):
        return json_rows(path, encoding)
    return _numbered(chain(head, lines))


def reads_on(path: Path) -> bool:
    """Whether `jsonl_rows` reads that file line by line whatever is written behind its end."""
    if not plain_utf8(path):
        return False
    first = next((line for line in byte_lines(path) if line.strip()), b"").strip()
    return first.startswith(b"{") and first != b"{"


def jsonl_rows_after(path: Path, start: int, lines: int) -> Iterator[RawRow]:
    """The rows from byte `start` on, in front of which there are so many lines. For files that `reads_on`."""
    return _numbered(byte_lines(path, start=start), lines + 1)


def _another(lines: Iterator[bytes], head: list[bytes]) -> bool:
    """Whether there is a line with something in it behind the head, which takes up what was looked at."""
    for line in lines:
        head.append(line)
        if line.strip():
            return True
    return False


def json_rows(path: Path, encoding: str | None = None) -> Iterator[RawRow]:
    """A row an element of the file's array, whether bare or in an object that `rows_in` knows. A single
    object is one row; JSON Lines, and objects one after another, are read as such."""
    window = Window(chunks(path, encoding))
    window.fill()
    whole = window.ended and window.stopped is None
    if whole and not window.data.strip():
        return iter(())
    reason = TOO_LONG
    if whole:
        try:
            return _of_value(parse_json(window.data))
        except BadRow as bad:
            reason = bad.reason
    first = next((line for line in window.data.split(b"\n", 64) if line.strip()), b"").strip()
    if first.startswith(b"{") and reason != DUPLICATE_KEY and parses(first):
        return _numbered(byte_lines(path, encoding))
    # Its patterns take a while to compile, and few files need them.
    from curate.sources.readers.json_array import elements, sequence

    pieces = elements(window)
    if pieces is None and first == b"{":
        pieces = sequence(window)
    if pieces is not None:
        return _numbered(pieces)
    problem = window.stopped or reason
    return iter([RawRow(1, raw=BadLine.of(window.data, problem, path.stat().st_size), problem=problem)])


def _of_value(value: Any) -> Iterator[RawRow]:
    rows = value if isinstance(value, list) else rows_in(value)
    for number, fields in enumerate([value] if rows is None else rows, start=1):
        yield RawRow(number, fields, problem=_shape_problem(fields))


def _numbered(raws: Iterable[bytes], first: int = 1) -> Iterator[RawRow]:
    for number, raw in zip(count(first), raws):
        yield json_row(number, raw)


def json_row(number: int, raw: bytes) -> RawRow:
    """The row of one line of JSON."""
    if isinstance(raw, BadLine):
        return RawRow(number, raw=raw, problem=raw.problem)
    try:
        fields = parse_json(raw, MAX_DEPTH)
    except BadRow as bad:
        return RawRow(number, raw=raw, problem=bad.reason if raw.strip() else EMPTY_ROW)
    return RawRow(number, fields, raw, None if fields.__class__ is dict else NOT_AN_OBJECT)


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
