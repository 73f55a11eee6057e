"""Bytes of a text source: decompressed, as UTF-8 without a byte order mark, line by physical line.

UTF-16 and UTF-32 are recognised by their mark and recoded. What cannot be decoded becomes bytes that are no
valid UTF-8, so that the row with them is rejected as such and no other.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from schemas.errors import SourceError

COMPRESSED = (".gz", ".zst")
# The mark of UTF-32-LE begins with that of UTF-16-LE: the longer ones come first.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST_MARK = 4  # bytes


def _escape_bytes(error: UnicodeError) -> tuple[str, int]:
    """A codec error handler: each undecodable byte as a lone surrogate, which no UTF-8 has."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("siftune.escape", _escape_bytes)


def byte_lines(path: Path) -> Iterator[bytes]:
    """Physical lines with their ends. Raises SourceError when the file cannot be read to its end."""
    number = 0
    try:
        with _open(path) as stream:
            for line in _as_utf8(stream):
                number += 1
                yield line
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise SourceError(
            f"{path}: cannot be read after line {number:,} ({error})", "fetch or write that file again"
        ) from None


def read_bytes(path: Path) -> bytes:
    """The whole file as UTF-8 without a mark."""
    return b"".join(byte_lines(path))


def _open(path: Path) -> io.BufferedReader:
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.open(path, "rb"))
    if path.suffix == ".zst":
        decompressor = zstandard.ZstdDecompressor()
        return io.BufferedReader(decompressor.stream_reader(path.open("rb"), read_across_frames=True))
    return path.open("rb")


def _as_utf8(stream: io.BufferedReader) -> Iterator[bytes]:
    start = stream.peek(_LONGEST_MARK)
    encoding = next((name for mark, name in _WIDE if start.startswith(mark)), None)
    if encoding is not None:
        with io.TextIOWrapper(stream, encoding, errors="siftune.escape", newline="\n") as text:
            yield from (line.encode("utf-8", "surrogatepass") for line in text)
        return
    if start.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
    yield from stream
