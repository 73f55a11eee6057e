"""Tables in files that are mapped when read: uncompressed, so that rows are taken without the others."""

from pathlib import Path

import pyarrow as pa


def write_scratch(table: pa.Table, path: Path) -> None:
    """The file is whole as soon as it is there."""
    half = path.with_name(f".{path.name}")
    with pa.OSFile(str(half), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    half.replace(path)


def read_scratch(path: Path) -> pa.Table:
    """The table; its bytes stay on disk where they are not looked at."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()
