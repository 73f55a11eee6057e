"""Writing so that a kill at any moment leaves the old file, the new one, or nothing: never half of one.

Temporary file, fsync, rename, fsync of the folder. Temporary names carry the writer's process id and where
it holds, so that the next start can tell what a dead process left behind.
"""

import os
import platform
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import get_ident

PREFIX = ".tmp-"
_LONG_S = 7 * 86_400.0  # nobody writes so long without a change


def write_bytes(path: Path, data: bytes) -> None:
    """`data` at `path`, whole or not at all; the folder is made when absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with beside(path) as temporary:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    sync(path.parent)


def write_unsynced(path: Path, *pieces: bytes | memoryview) -> None:
    """The same, piece after piece, for a file that can be told damaged and made again: a loss of power may
    cost it, a kill does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with beside(path) as temporary:
        with temporary.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        temporary.replace(path)


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode("utf-8"))


@contextmanager
def folder(path: Path) -> Iterator[Path]:
    """A temporary folder that becomes `path` when the block ends well, and is removed when it does not.

    Raises FileExistsError when `path` is a folder that holds something by then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    temporary = path.with_name(f"{own()}{path.name}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.rglob("*"):
            sync(file)
        sync(temporary)
        if path.is_dir() and any(path.iterdir()):
            raise FileExistsError(path)
        temporary.rename(path)
        sync(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def own() -> str:
    """How names begin of what this thread writes, and nobody else: two may write the same at a time."""
    return f"{PREFIX}{os.getpid()}@{_here()}-{get_ident()}-"


def sweep(parent: Path) -> None:
    """Remove what dead processes left half-written in `parent`. Nobody knows of those on other machines and
    in other containers: what they left goes when it is old."""
    for leftover in parent.glob(f"{PREFIX}*"):
        if _is_left(leftover):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def _is_left(temporary: Path) -> bool:
    writer = temporary.name.removeprefix(PREFIX).partition("-")[0]
    pid, _, where = writer.partition("@")
    if not pid.isdigit():
        return False
    if where in ("", _here()) and not alive(int(pid)):
        return True
    with suppress(FileNotFoundError):
        return time.time() - temporary.stat().st_mtime > _LONG_S
    return False


@cache
def _here() -> str:
    """Where process ids mean what they mean to us: this machine, and on Linux its namespace of them."""
    namespace = Path("/proc/self/ns/pid")
    number = namespace.stat().st_ino if namespace.exists() else 0
    return f"{zlib.crc32(f'{platform.node()} {number}'.encode()):08x}"


def sync(path: Path) -> None:
    """fsync of a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some network file systems refuse to sync a folder; the rename is all they offer.
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """The temporary name of a file, which goes when the block fails: a disk that is full stays no fuller."""
    temporary = path.with_name(f"{own()}{path.name}")
    try:
        yield temporary
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def alive(pid: int) -> bool:
    """Whether a process of this machine has that id; one that we may not signal does."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
