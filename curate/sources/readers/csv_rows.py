"""Records of CSV and TSV files (RFC 4180): quoted cells may hold line ends.

A quote that is never closed would swallow the rest of the file: where a record of several lines turns out
broken, only its first line is rejected, and reading goes on at the second.
"""

import csv
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from curate.sources.readers.csv_dialect import Dialect, excel_hint, sniff
from curate.sources.readers.lines import MAX_LINE, byte_lines
from curate.sources.readers.names import distinct
from curate.sources.rows import EMPTY_ROW, INVALID_UTF8, BadLine, RawRow, is_utf8
from schemas.errors import SourceError

BROKEN_CSV = "broken CSV"
WRONG_COLUMNS = "wrong number of columns"
HEADER_AGAIN = "the header again"  # files were put together

_FOLLOWED = 4 * 2**20  # bytes; how far a quote is followed that nothing closes
_SAMPLE_LINES = 200
_SAMPLE_BYTES = 2**18


class _Unreadable(Exception):
    """The next line is a BadLine, or a quote was followed far enough."""


def read_csv(path: Path, encoding: str | None = None) -> tuple[list[str], Iterator[RawRow]]:
    """The names in the header, and the records after it as mappings of text by name."""
    # The limit is the process's own; nobody else here reads CSV.
    csv.field_size_limit(MAX_LINE)
    feed = _Feed(byte_lines(path, encoding))
    sample = feed.sample()
    delimiter = excel_hint(sample[0]) if sample else None
    if delimiter is not None:
        next(feed)
        feed.taken.clear()
        dialect = sniff(sample[1:], delimiter)
    else:
        dialect = sniff(sample, "\t") if ".tsv" in path.suffixes else sniff(sample)
    try:
        header = next(filter(None, dialect.reader(feed)), [])  # the first line that is not empty
    except (csv.Error, _Unreadable) as error:
        raise SourceError(f"{path}:1: the header is no CSV ({error})", "mend the file's first line") from None
    names = _names(header)
    return names, _records(feed, dialect, names, header)


class _Feed:
    """Lines for csv.reader that remember what the current record took, and can be read again."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._again: deque[bytes] = deque()
        self.taken: list[bytes] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self.taken:
            self._size = 0
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        if isinstance(line, BadLine):
            raise _Unreadable(line.problem)
        if self._size > _FOLLOWED and len(self.taken) > 1:
            raise _Unreadable("a quote is never closed")
        return _text(line)

    def sample(self) -> list[str]:
        """The first lines, which are read again afterwards."""
        lines: list[str] = []
        size = 0
        while len(lines) < _SAMPLE_LINES and size < _SAMPLE_BYTES:
            try:
                lines.append(next(self))
            except (StopIteration, _Unreadable):
                break
            size += len(lines[-1])
        self.reread()
        return lines

    def reread(self, keep: int = 0) -> None:
        """Give back the lines taken, but for the first `keep`."""
        self._again.extendleft(reversed(self.taken[keep:]))
        del self.taken[keep:]

    @property
    def raw(self) -> bytes:
        return self.taken[0] if len(self.taken) == 1 else b"\n".join(self.taken)


def _text(line: bytes) -> str:
    # Undecodable bytes travel as surrogates, so that only their own record is rejected.
    return line.decode("utf-8", "surrogateescape") + "\n"


def _records(feed: _Feed, dialect: Dialect, names: list[str], header: list[str]) -> Iterator[RawRow]:
    reader = dialect.reader(feed)
    for number in count(1):
        feed.taken.clear()
        problem: str | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Unreadable):
            cells, problem = [], BROKEN_CSV
        else:
            problem = HEADER_AGAIN if _same(cells, header) else _problem(cells, names, feed)
        if problem in (BROKEN_CSV, WRONG_COLUMNS):
            feed.reread(keep=1)
            reader = dialect.reader(feed)
        raw = feed.raw
        if isinstance(raw, BadLine):
            problem = raw.problem
        yield RawRow(number, dict(zip(names, cells, strict=False)), raw, problem)


def _problem(cells: list[str], names: list[str], feed: _Feed) -> str | None:
    if not any(cell.strip() for cell in cells):
        return EMPTY_ROW
    if len(cells) != len(names):
        return WRONG_COLUMNS
    return None if all(map(is_utf8, feed.taken)) else INVALID_UTF8


def _same(cells: list[str], header: list[str]) -> bool:
    """Whether this is the header, perhaps with the mark of a file that began here once."""
    return bool(cells) and [cells[0].removeprefix("\ufeff"), *cells[1:]] == header


def _names(header: list[str]) -> list[str]:
    """The header's names; a column without one is called by its position."""
    return distinct(cell.strip() or f"column_{position}" for position, cell in enumerate(header, start=1))
