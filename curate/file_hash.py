"""The hash of a file's bytes."""

import hashlib
from pathlib import Path

_CHUNK = 16 * 2**20  # bytes: for each one the interpreter's lock is waited for, beside a thread that is busy


def sha256_of(path: Path, size: int | None = None) -> str:
    """SHA-256 of a file, or of its first `size` bytes, read in pieces. Raises OSError."""
    hashed = hashlib.sha256()
    left = path.stat().st_size if size is None else size
    piece = memoryview(bytearray(max(1, min(left, _CHUNK))))
    with path.open("rb", buffering=0) as file:
        while got := file.readinto(piece if size is None else piece[:left]):
            hashed.update(piece[:got])
            left -= got
    return hashed.hexdigest()
