"""The hash of a file's bytes, and the bytes block by block."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_CHUNK = 16 * 2**20  # bytes: for each one the interpreter's lock is waited for, beside a thread that is busy


@dataclass(frozen=True, slots=True)
class FileHash:
    """SHA-256 of a file. What stood after each block of it is remembered, but not by a copy in another
    process: to hash a first part of the file takes one block at the most."""

    hexdigest: str
    _after: dict[int, Any] = field(default_factory=lambda: {0: hashlib.sha256()}, compare=False, repr=False)

    @classmethod
    def of(cls, path: Path) -> "FileHash":
        """Raises OSError."""
        hashed, end = hashlib.sha256(), 0
        after = {0: hashed.copy()}
        for block in blocks(path):
            hashed.update(block)
            end += len(block)
            after[end] = hashed.copy()
        return cls(hashed.hexdigest(), after)

    def of_first(self, path: Path, size: int) -> str:
        """That of the first `size` bytes of the file. Raises OSError."""
        start = max(end for end in self._after if end <= size)
        hashed = self._after[start].copy()
        for block in blocks(path, start, size):
            hashed.update(block)
        return str(hashed.hexdigest())

    def __reduce__(self) -> tuple[type["FileHash"], tuple[str]]:
        return FileHash, (self.hexdigest,)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file. Raises OSError."""
    return FileHash.of(path).hexdigest


def blocks(path: Path, start: int = 0, end: int | None = None) -> Iterator[memoryview]:
    """The bytes from `start` to `end`, or to the file's; each block is there until the next is asked for."""
    left = (path.stat().st_size if end is None else end) - start
    buffer = memoryview(bytearray(max(1, min(left, _CHUNK))))
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        while got := file.readinto(buffer if end is None else buffer[:left]):
            yield buffer[:got]
            left -= got
