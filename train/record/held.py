"""One process trains a run: an advisory lock on its folder, which the system lets go with the process.

A process id alone does not tell whether a run is being trained: after a restart of the machine another
process may have it, and a process may outlive its run.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from schemas.errors import UsageError

_PATIENCE_S = 0.5  # a process that only asks whether a run is held has it for a moment
_OURS: set[Path] = set()


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds a run's folder for the time of the block; one that nothing was written to is gone afterwards.

    Of several processes that train one run, the first holds it for all. Raises UsageError where another
    process has it. A file system without locks is taken at its word that nobody else is there.
    """
    folder = folder.absolute()
    if folder in _OURS or int(os.environ.get("RANK", "0")) > 0:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _take(descriptor, folder)
        _OURS.add(folder)
        yield
    finally:
        _OURS.discard(folder)
        os.close(descriptor)
        with suppress(OSError):
            folder.rmdir()


def is_held(folder: Path) -> bool:
    """Whether a process, this one or another, holds the folder; True where that cannot be told."""
    if folder.absolute() in _OURS:
        return True
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int, folder: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(0.02)
                continue
            raise UsageError(
                f"run {folder.name} is being trained by another process",
                "wait until it ends, or stop that process first",
            ) from None
        except OSError:
            pass
        return
