"""Records of CSV and TSV files (RFC 4180): quoted cells may hold line ends.

A quote that is never closed would swallow the rest of the file: where a record of several lines turns out
broken, only its first line is rejected, and reading goes on at the second.
"""

import csv
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from curate.sources.lines import byte_lines
from curate.sources.rows import EMPTY_ROW, INVALID_UTF8, RawRow
from schemas.errors import SourceError

BROKEN_CSV = "broken CSV"
WRONG_COLUMNS = "wrong number of columns"

_DELIMITERS = ",;\t|"
_MAX_CELL = 16 * 2**20  # characters; also how far an unclosed quote is followed


def read_csv(path: Path) -> tuple[list[str], Iterator[RawRow]]:
    """The names in the header, and the records after it as mappings of text by name."""
    # The limit is the process's own; nobody else here reads CSV.
    csv.field_size_limit(_MAX_CELL)
    feed = _Feed(byte_lines(path))
    first = next(feed, "")
    feed.reread()
    delimiter = "\t" if ".tsv" in path.suffixes else _delimiter(first)
    try:
        header = next(_reader(feed, delimiter), [])
    except csv.Error as error:
        raise SourceError(f"{path}:1: the header is no CSV ({error})", "mend the file's first line") from None
    names = _names(header)
    return names, _records(feed, delimiter, names)


class _Feed:
    """Lines for csv.reader that remember what the current record took, and can be read again."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        # Undecodable bytes travel as surrogates, so that only their own record is rejected.
        line = self._again.popleft() if self._again else next(self._lines).decode("utf-8", "surrogateescape")
        self.taken.append(line)
        return line

    def reread(self, keep: int = 0) -> None:
        """Give back the lines taken, but for the first `keep`."""
        self._again.extendleft(reversed(self.taken[keep:]))
        del self.taken[keep:]

    @property
    def raw(self) -> bytes:
        return "".join(self.taken).encode("utf-8", "surrogateescape")


def _records(feed: _Feed, delimiter: str, names: list[str]) -> Iterator[RawRow]:
    reader = _reader(feed, delimiter)
    for number in count(1):
        feed.taken.clear()
        problem: str | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells, problem = [], BROKEN_CSV
        else:
            problem = _problem(cells, names, feed)
        if problem in (BROKEN_CSV, WRONG_COLUMNS):
            feed.reread(keep=1)
            reader = _reader(feed, delimiter)
        yield RawRow(number, dict(zip(names, cells, strict=False)), feed.raw, problem)


def _problem(cells: list[str], names: list[str], feed: _Feed) -> str | None:
    if not any(cell.strip() for cell in cells):
        return EMPTY_ROW
    if len(cells) != len(names):
        return WRONG_COLUMNS
    return None if all(map(_is_text, feed.taken)) else INVALID_UTF8


def _is_text(line: str) -> bool:
    return line.isascii() or not any("\ud800" <= c <= "\udfff" for c in line)


def _reader(feed: _Feed, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(feed, delimiter=delimiter, strict=True)


def _delimiter(header: str) -> str:
    """The one that cuts the header into the most cells; a comma where none does."""
    return max(_DELIMITERS, key=lambda d: len(next(csv.reader([header], delimiter=d), [])))


def _names(header: list[str]) -> list[str]:
    """The header's names, made different where they are empty or repeat: no cell is lost."""
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        name = cell.strip() or f"column_{position}"
        names.append(f"{name}_{position}" if name in names else name)
    return names
