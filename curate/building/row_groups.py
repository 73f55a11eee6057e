"""A Parquet file put together of row groups that were encoded each by itself.

Where a row group lies in its file is said in the footer alone, so that its bytes can be taken over as they
are into another file. (parquet.thrift: FileMetaData, RowGroup, ColumnChunk, ColumnMetaData)
"""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from curate.building.thrift import Listed, Struct, decode, encode

_MAGIC = b"PAR1"
_ROWS, _GROUPS = 3, 4  # fields of FileMetaData
_COLUMNS, _GROUP_OFFSET = 1, 5  # of RowGroup
_CHUNK_OFFSET, _CHUNK = 2, 3  # of ColumnChunk
_PAGES = (9, 10, 11)  # of ColumnMetaData: data, index and dictionary pages


@dataclass(frozen=True, slots=True)
class RowGroup:
    """`about` is its part of a footer, with offsets as in a file in which it stands first; `check` is the CRC
    of its body."""

    rows: int
    body: bytes
    about: bytes
    check: int


def encoded(table: pa.Table) -> RowGroup:
    """The rows of a table as one row group."""
    data = _file(table)
    footer = _footer(data)
    (about,) = footer[_GROUPS][1]
    body = data[len(_MAGIC) : -_tail(data)]
    return RowGroup(table.num_rows, body, encode(about), zlib.crc32(body))


class ParquetFile:
    """Grows by row groups; whole when closed."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("wb")
        self._file.write(_MAGIC)
        self._footer = _footer(_file(schema.empty_table()))
        kind = self._footer[_GROUPS][1].kind
        self._groups = Listed(kind, [])
        self.rows = 0

    @property
    def size(self) -> int:
        """Where the next row group will stand."""
        return self._file.tell()

    def add(self, group: RowGroup) -> None:
        self._groups.append(_moved(decode(group.about), self.size - len(_MAGIC)))
        self._file.write(group.body)
        self.rows += group.rows

    def close(self) -> None:
        self._footer[_ROWS] = self._footer[_ROWS][0], self.rows
        self._footer[_GROUPS] = self._footer[_GROUPS][0], self._groups
        footer = encode(self._footer)
        self._file.write(footer + len(footer).to_bytes(4, "little") + _MAGIC)
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _file(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=max(table.num_rows, 1))
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _tail(data: bytes) -> int:
    """Bytes from the footer's start to the end."""
    return int.from_bytes(data[-8:-4], "little") + 8


def _footer(data: bytes) -> Struct:
    return decode(data[-_tail(data) : -8])


def _moved(group: Struct, by: int) -> Struct:
    """The row group, standing so many bytes further behind."""
    _move(group, _GROUP_OFFSET, by)
    for chunk in group[_COLUMNS][1]:
        _move(chunk, _CHUNK_OFFSET, by)
        for pages in _PAGES:
            _move(chunk[_CHUNK][1], pages, by)
    return group


def _move(struct: Struct, field: int, by: int) -> None:
    kind, offset = struct.get(field, (0, 0))
    if offset:  # 0 stands for nowhere
        struct[field] = kind, offset + by
