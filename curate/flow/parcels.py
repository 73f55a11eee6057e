"""Tables on their way to worker processes of this machine: as files that these map: bytes would be copied
and compressed again and again on the way through a pipe."""

import contextlib
import tempfile
from itertools import count
from pathlib import Path

import pyarrow as pa

from curate.flow.scratch import read_scratch, write_scratch


class Parcels:
    """A place in the folder `scratch`, or without one in the system's for temporary files."""

    def __init__(self, scratch: Path | None) -> None:
        self._folder = tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True)
        self._numbers = count()

    def packed(self, table: pa.Table) -> Path:
        """The file of a table, for one who opens it."""
        path = Path(self._folder.name, f"{next(self._numbers)}.arrow")
        write_scratch(table, path)
        return path

    def close(self) -> None:
        """Removes what nobody opened."""
        self._folder.cleanup()


def opened(path: Path) -> pa.Table:
    """The table; its file is gone, and its bytes are when nobody holds the table any more."""
    table = read_scratch(path)
    with contextlib.suppress(PermissionError):  # on Windows, which removes no mapped file
        path.unlink()
    return table
