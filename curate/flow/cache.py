"""Stage results by content: a file a key. Deleting any of it costs time and nothing else.

No file holds text that a stage removed: results before redaction are kept as hashes and verdicts only.
"""

import time
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pyarrow as pa

from curate import atomic
from curate.flow.arrays import mapped as mapped_arrays
from curate.flow.arrays import packed, unpacked

_VERSION = 2  # of all that is kept: of other versions nothing is found
_CHECK = 8  # bytes in front of each file: the CRC of the others
UNUSED_DAYS = 30  # a result that no build asked for in this time is removed


class StageCache:
    """Results that a build may use again. A damaged file is no result."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._whole: dict[Path, tuple[int, int]] = {}  # files that were checked, by number and size
        self._beside = ThreadPoolExecutor(1)
        self._keeping: list[Future[None]] = []

    def tables(self, key: str) -> list[pa.Table] | None:
        data = self._read(key)
        return None if data is None else read_tables(pa.py_buffer(data))

    def has(self, key: str) -> bool:
        """Whether there is a file, whole or not."""
        return self._path(key).exists()

    def keep_tables(self, key: str, tables: Sequence[pa.Table]) -> None:
        self._write(key, write_tables(tables))

    def arrays(
        self,
        key: str,
        only: Collection[str] | None = None,
        *,
        mapped: bool = False,
        unchecked: Collection[str] = (),
    ) -> dict[str, npt.NDArray[Any]] | None:
        """Those of the names `only`, or all. Where they are `mapped` they stay in the file, which is checked
        when it is first looked at, but for the arrays `unchecked`."""
        path = self._path(key)
        try:
            found = self._mapped(path, only, unchecked) if mapped else unpacked(path, only)
            _used(path)
        except OSError:
            return None
        return found

    def _mapped(
        self, path: Path, only: Collection[str] | None, unchecked: Collection[str]
    ) -> dict[str, npt.NDArray[Any]] | None:
        status = path.stat()
        known = status.st_ino, status.st_size
        found = mapped_arrays(path, only, check=self._whole.get(path) != known, unchecked=unchecked)
        if found is not None and only is None and not unchecked:
            self._whole[path] = known
        return found

    def keep_arrays(self, key: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        atomic.write_unsynced(self._path(key), *packed(arrays))

    def soon(self, work: Callable[[], None]) -> None:
        """Keeps or removes what nobody will ask for in this build, nor change any more, while it goes on."""
        self._keeping.append(self._beside.submit(work))

    def settle(self) -> None:
        """Waits until all of it is done. Raises what went wrong."""
        while self._keeping:
            self._keeping.pop().result()

    def prune(self) -> None:
        """Removes what has not been used for long, as far as it can be. Others may write or remove
        meanwhile."""
        oldest = time.time() - UNUSED_DAYS * 86_400
        with suppress(OSError):  # the folder is gone
            for file in self.folder.glob("*/*"):
                with suppress(OSError):  # it is somebody else's; or a temporary file has its own name by now
                    if file.stat().st_mtime < oldest:
                        file.unlink()

    def _read(self, key: str) -> memoryview | None:
        path = self._path(key)
        try:
            data = memoryview(path.read_bytes())
            _used(path)
        except OSError:
            return None
        whole = data[:_CHECK] == _check(data[_CHECK:])
        return data[_CHECK:] if whole else None

    def _write(self, key: str, data: bytes) -> None:
        atomic.write_unsynced(self._path(key), _check(data), data)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}-{_VERSION}"


def _used(path: Path) -> None:
    """Somebody asked for the file; to know it to the day is enough."""
    if path.stat().st_mtime < time.time() - 86_400:
        path.touch()


def _check(data: bytes | memoryview) -> bytes:
    return zlib.crc32(data).to_bytes(_CHECK, "big")


def write_tables(tables: Sequence[pa.Table]) -> bytes:
    """Arrow IPC streams one after another."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
            writer.write_table(table.combine_chunks())
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_tables(data: pa.Buffer) -> list[pa.Table]:
    source = pa.BufferReader(data)
    found = []
    while source.tell() < source.size():
        with pa.ipc.open_stream(source) as reader:
            found.append(reader.read_all())
    return found
