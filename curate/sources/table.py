"""Table: one file or split, open for reading row by row, whatever its format on disk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from curate.sources.readers.csv_rows import read_csv
from curate.sources.readers.json_rows import json_rows, jsonl_rows
from curate.sources.readers.streams import COMPRESSED
from curate.sources.readers.text_blocks import text_rows
from curate.sources.rows import RawRow

_BY_ROW = {
    ".jsonl": jsonl_rows,
    ".ndjson": jsonl_rows,
    ".json": json_rows,
    ".txt": text_rows,
    ".md": text_rows,
}
_CSV = (".csv", ".tsv")
_PARQUET = (".parquet",)
_ARROW = (".arrow", ".feather")
SUFFIXES = (*_BY_ROW, *_CSV, *_PARQUET, *_ARROW)


@dataclass(frozen=True, slots=True)
class Table:
    """`name` as it stands in every row's `source`. `columns` are the names that all rows share, or None where
    each row has its own. `sha256()` is known once the rows are read."""

    name: str
    rows: Iterator[RawRow]
    sha256: Callable[[], str]
    columns: list[str] | None = None


def suffix_of(path: Path) -> str:
    """The suffix that says the format, below `.gz` or `.zst`."""
    name = path.with_suffix("") if path.suffix in COMPRESSED else path
    return name.suffix.lower()


def readable(path: Path) -> bool:
    suffix = suffix_of(path)
    return suffix in SUFFIXES and not (path.suffix in COMPRESSED and suffix in _PARQUET + _ARROW)


def is_text(path: Path) -> bool:
    """Whether its bytes are text in some encoding."""
    return suffix_of(path) in (*_BY_ROW, *_CSV)


def open_table(path: Path, name: str, sha256: str, encoding: str | None = None) -> Table:
    """A file with one of SUFFIXES, the hash of its bytes, and the encoding of its text. Raises SourceError
    when it is damaged."""
    suffix = suffix_of(path)
    if suffix in _BY_ROW:
        return Table(name, _BY_ROW[suffix](path, encoding), lambda: sha256)
    if suffix in _CSV:
        columns, rows = read_csv(path, encoding)
    else:
        from curate.sources.readers.arrow_rows import arrow_rows, parquet_rows

        columns, rows = parquet_rows(path) if suffix in _PARQUET else arrow_rows(path)
    return Table(name, rows, lambda: sha256, columns)
