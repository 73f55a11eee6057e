"""Rows of Parquet and Arrow files, by record batches."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.sources.readers.names import distinct
from curate.sources.rows import INVALID_UTF8, RawRow
from schemas.errors import SourceError

_BATCH_ROWS = 1_000
_BUFFER = 2**20  # bytes
_LINE_END = "\n"


def parquet_rows(path: Path) -> tuple[list[str], Iterator[RawRow]]:
    """The column names, and the rows as mappings. Raises SourceError for a damaged file."""
    with _whole(path):
        file = pq.ParquetFile(path, buffer_size=_BUFFER)
        names = distinct(file.schema_arrow.names)
    return names, _guarded(path, names, _row_groups(file))


def _row_groups(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    # One reader over all row groups keeps what it has read, and so the whole file, in memory; threads keep
    # pools of their own.
    for group in range(file.num_row_groups):
        yield from file.iter_batches(_BATCH_ROWS, row_groups=[group], use_threads=False)


def arrow_rows(path: Path) -> tuple[list[str], Iterator[RawRow]]:
    """The same of an Arrow IPC file (Feather version 2) or stream (what `datasets` writes)."""
    with _whole(path):
        source = pa.OSFile(str(path))
        try:
            file = pa.ipc.open_file(source)
            batches = (file.get_batch(i) for i in range(file.num_record_batches))
        except pa.ArrowInvalid:
            source.seek(0)
            file = pa.ipc.open_stream(source)
            batches = iter(file)
        names = distinct(file.schema.names)
    return names, _guarded(path, names, batches)


def batch_rows(batches: Iterable[pa.RecordBatch | pa.Table]) -> Iterator[RawRow]:
    """The rows of the batches, numbered from 1. A row with invalid UTF-8 in it costs itself alone."""
    number = 0
    for batch in batches:
        try:
            rows = [RawRow(number + i, fields) for i, fields in enumerate(batch.to_pylist(), start=1)]
        except UnicodeDecodeError:
            rows = [_row(number + i + 1, batch.slice(i, 1)) for i in range(batch.num_rows)]
        number += batch.num_rows
        yield from rows


def _row(number: int, batch: pa.RecordBatch | pa.Table) -> RawRow:
    try:
        return RawRow(number, batch.to_pylist()[0])
    except UnicodeDecodeError:
        texts = [c.cast(pa.binary())[0].as_py() for c in batch.columns if pa.types.is_string(c.type)]
        return RawRow(number, raw=b"\t".join(filter(None, texts)), problem=INVALID_UTF8)


def _guarded(path: Path, names: list[str], batches: Iterable[pa.RecordBatch]) -> Iterator[RawRow]:
    with _whole(path):
        yield from batch_rows(batch.rename_columns(names) for batch in batches)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(
            f"{path}: damaged or no such format ({str(error).partition(_LINE_END)[0]})",
            "fetch or write that file again",
        ) from None
