"""Rows of Parquet and Arrow files, by record batches, in parts of which none is larger than a row may be.

A dictionary (Parquet's encoding, Arrow's type) can hold one cell of megabytes for thousands of rows in a file
of no size: few rows are decoded at once, and a row is measured before it is made.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.sources.readers.lines import MAX_LINE, TOO_LONG
from curate.sources.readers.names import distinct
from curate.sources.rows import INVALID_UTF8, MAX_RAW, BadLine, RawRow
from schemas.errors import SourceError

_BATCH_ROWS = 128
_BATCH_BYTES = 2**26  # as the averages of a row group promise
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
        described = file.metadata.row_group(group)
        fitting = _BATCH_BYTES * described.num_rows // (described.total_byte_size or 1)
        rows = max(1, min(_BATCH_ROWS, fitting))
        yield from file.iter_batches(rows, row_groups=[group], use_threads=False)


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
    """The rows of the batches, numbered from 1. One with invalid UTF-8 in it, or one that is too long, costs
    itself alone."""
    number = 0
    for batch in batches:
        for part in _parts(batch):
            yield from _rows(number, part)
            number += part.num_rows


def _parts(batch: pa.RecordBatch | pa.Table) -> Iterator[pa.RecordBatch | pa.Table]:
    """The batch in parts of at most MAX_LINE bytes, or of one row."""
    if batch.num_rows > 1 and _most_bytes(batch) > MAX_LINE:
        half = batch.num_rows // 2
        yield from _parts(batch.slice(0, half))
        yield from _parts(batch.slice(half))
    else:
        yield _decoded(batch)


def _most_bytes(batch: pa.RecordBatch | pa.Table) -> int:
    """Each cell of a dictionary's column counts as all of the dictionary."""
    rows: int = batch.num_rows
    return sum(c.nbytes * (rows if pa.types.is_dictionary(c.type) else 1) for c in batch.columns)


def _decoded(batch: pa.RecordBatch | pa.Table) -> pa.RecordBatch | pa.Table:
    """With plain columns for those of dictionaries."""
    for position, (name, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True)):
        if pa.types.is_dictionary(column.type):
            batch = batch.set_column(position, name, column.cast(column.type.value_type))
    return batch


def _rows(before: int, part: pa.RecordBatch | pa.Table) -> Iterator[RawRow]:
    size: int = part.nbytes
    if part.num_rows == 1 and size > MAX_LINE:
        yield RawRow(before + 1, raw=BadLine.of(_texts(part), TOO_LONG, size), problem=TOO_LONG)
        return
    try:
        found = part.to_pylist()
    except UnicodeDecodeError:
        for position in range(part.num_rows):
            yield _row(before + position + 1, part.slice(position, 1))
        return
    each = size // (part.num_rows or 1)
    for number, fields in enumerate(found, start=before + 1):
        yield RawRow(number, fields, size=each)


def _row(number: int, batch: pa.RecordBatch | pa.Table) -> RawRow:
    try:
        return RawRow(number, batch.to_pylist()[0], size=batch.nbytes)
    except UnicodeDecodeError:
        return RawRow(number, raw=_texts(batch), problem=INVALID_UTF8)


def _texts(batch: pa.RecordBatch | pa.Table) -> bytes:
    """The beginnings of the texts in its first row."""
    texts = [c.cast(pa.large_binary()) for c in batch.columns if _is_text(c.type)]
    cut = (pc.binary_slice(text, 0, 4 * MAX_RAW)[0].as_py() for text in texts)
    return b"\t".join(filter(None, cut))


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string())


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
