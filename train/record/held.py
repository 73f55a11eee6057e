"""One process trains a run: an advisory lock on its folder, which the system lets go with the process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import UsageError


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds a run's folder, which must stand, for the time of the block. Raises UsageError where another
    process has it. A file system without locks is taken at its word that nobody else is there."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"run {folder.name} is being taken up by another process",
                "wait until it ends, or stop that process first",
            ) from None
        except OSError:
            pass
        yield
    finally:
        os.close(descriptor)
