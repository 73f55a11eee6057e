"""Physical lines of a text source, each at most MAX_LINE bytes: a longer one costs itself, not the memory."""

from collections.abc import Iterator
from pathlib import Path

from curate.sources.readers.streams import Stopped, chunks
from curate.sources.rows import BadLine

MAX_LINE = 16 * 2**20  # bytes; a row beyond that is nobody's training example
TOO_LONG = "longer than 16 MiB"


def byte_lines(path: Path, encoding: str | None = None, start: int = 0) -> Iterator[bytes]:
    """Lines from byte `start` on, without their `\\n`, of UTF-8 as far as the file is such; bad ones as
    BadLine. An archive that stops in the middle ends with a BadLine. Raises SourceError when the file cannot
    be read."""
    pending: list[bytes] = []  # of a line whose end has not come yet
    size = 0
    try:
        for chunk in chunks(path, encoding, start):
            first, *others = chunk.split(b"\n")
            size += len(first)
            if size <= MAX_LINE or not pending:
                pending.append(first)
            if not others:
                continue
            yield _line(pending, size)
            yield from others[:-1]
            pending, size = [others[-1]], len(others[-1])
    except Stopped as stopped:
        yield BadLine.of(b"".join(pending), stopped.problem, size)
        return
    if size:
        yield _line(pending, size)


def _line(pending: list[bytes], size: int) -> bytes:
    line = pending[0] if len(pending) == 1 else b"".join(pending)
    return line if size <= MAX_LINE else BadLine.of(line, TOO_LONG, size)
