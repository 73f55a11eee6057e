"""RawRow: one row of a source as a reader found it, and BadRow: why it is no example."""

from dataclasses import dataclass
from typing import Any

from curate.sources.json_safe import json_safe
from schemas.canonical import to_json

MAX_RAW = 65_536  # characters of a rejected row that are kept
MAX_DEPTH = 64  # nesting of a JSON row: deeper ones are nobody's data, and recursion must end

INVALID_UTF8 = "invalid UTF-8"
EMPTY_ROW = "empty row"


def is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class BadRow(Exception):
    """A row that cannot be used. `reason` is short and stable: it is counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadLine(bytes):
    """The beginning of a row of bytes that cannot be used: why, and how long it is in all."""

    problem: str
    size: int

    @classmethod
    def of(cls, beginning: bytes, problem: str, size: int) -> "BadLine":
        line = cls(beginning[: 4 * MAX_RAW])
        line.problem, line.size = problem, size
        return line


@dataclass(slots=True)
class RawRow:
    """`fields` is the row as JSON-like values; `raw` its own bytes where the file has such; `problem` says
    why the reader could make no fields of it. `line` is the 1-based position in the source; `size` is about
    how many bytes a row without `raw` takes."""

    line: int
    fields: Any = None
    raw: bytes | None = None
    problem: str | None = None
    size: int = 0

    @property
    def text(self) -> str:
        """What a reject shows: the raw text, undecodable bytes as backslash escapes, cut at MAX_RAW."""
        raw = (
            self.raw
            if self.raw is not None
            else to_json(json_safe(self.fields)).encode("utf-8", "backslashreplace")
        )
        size = raw.size if isinstance(raw, BadLine) else len(raw)
        text = raw[: 4 * MAX_RAW].decode("utf-8", "backslashreplace")
        if size <= 4 * MAX_RAW and len(text) <= MAX_RAW:
            return text.strip("\r\n")
        return f"{text[:MAX_RAW]}… [cut: {size:,} bytes in all]"
