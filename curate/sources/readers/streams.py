"""Bytes of a text source: decompressed, as UTF-8 without a byte order mark, chunk by chunk.

UTF-16 and UTF-32 are recognised by their mark, or by the zeros between ASCII characters, and recoded; so is
a file of another encoding, where that is said and no mark speaks against it. What
cannot be decoded becomes bytes that are no valid UTF-8, so that the row with them is rejected as such and no
other. An archive that ends early or unpacks to far more than text ever does is read up to there.
"""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from schemas.errors import SourceError

COMPRESSED = (".gz", ".zst")
DAMAGED_ARCHIVE = "damaged archive"
UNPACKS_TOO_FAR = "unpacks too far"

CHUNK = 2**20  # bytes
# JSON Lines pack 3 to 20 times smaller. Beyond both of these, an archive is read no further.
_MAX_RATIO = 200
_MAX_UNPACKED = 2**28  # bytes

# The mark of UTF-32-LE begins with that of UTF-16-LE: the longer ones come first.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)  # magic numbers of Zstandard frames without data (RFC 8878)
_MARK = 4  # bytes that tell an encoding
_LARGEST_HEADER = 18  # bytes, of a Zstandard frame


class Stopped(Exception):
    """The stream ends before the file's content does; `problem` says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def chunks(path: Path, encoding: str | None = None, start: int = 0) -> Iterator[bytes]:
    """Chunks of about CHUNK bytes, from byte `start` on, which is for plain UTF-8 only. `encoding` is that of
    a file without a mark; UTF-8 when None. Raises Stopped where an archive cannot be read on, and
    SourceError when nothing of the file can be read."""
    read = 0
    try:
        for chunk in _plain(path, start) if start else _as_utf8(_unpacked(path), encoding):
            read += len(chunk)
            yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        if not read:
            raise SourceError(
                f"{path}: cannot be unpacked ({error})", "fetch or write that file again"
            ) from None
        raise Stopped(DAMAGED_ARCHIVE) from None
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read after {read:,} bytes ({error})", "look at its permissions and its disk"
        ) from None


def _unpacked(path: Path) -> Iterator[bytes]:
    if path.suffix not in COMPRESSED:
        yield from _plain(path, 0)
        return
    allowed = max(_MAX_UNPACKED, _MAX_RATIO * path.stat().st_size)
    with path.open("rb") as packed:
        for chunk in _gunzipped(packed) if path.suffix == ".gz" else _unzstd(packed):
            yield chunk
            allowed -= len(chunk)
            if allowed < 0:
                raise Stopped(UNPACKS_TOO_FAR)


def _plain(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as plain:
        plain.seek(start)
        while chunk := plain.read(CHUNK):
            yield chunk


def plain_utf8(path: Path) -> bool:
    """Whether the bytes of the file are taken as they are, but for a mark in front."""
    if path.suffix in COMPRESSED:
        return False
    with path.open("rb") as file:
        return _wide_encoding(file.read(_MARK)) is None


def _gunzipped(packed: BinaryIO) -> Iterator[bytes]:
    with gzip.open(packed, "rb") as stream:
        while chunk := stream.read1(CHUNK):
            yield chunk


def _unzstd(packed: BinaryIO) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor()
    with decompressor.stream_reader(packed, read_across_frames=True, closefd=False) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
    # The reader says nothing of a frame that ends early.
    packed.seek(0)
    if not _whole_frames(packed):
        raise EOFError("the last frame is not complete")


def _whole_frames(packed: BinaryIO) -> bool:
    """Whether the file is Zstandard frames with all their blocks (RFC 8878, section 3.1.1)."""
    size = packed.seek(0, 2)
    position = 0
    while position < size:
        packed.seek(position)
        header = packed.read(_LARGEST_HEADER)
        if int.from_bytes(header[:4], "little") in _SKIPPABLE:
            position += 8 + int.from_bytes(header[4:8], "little")
            continue
        try:
            position += zstandard.frame_header_size(header)
            checksum = 4 if zstandard.get_frame_parameters(header).has_checksum else 0
        except zstandard.ZstdError:
            return False
        last = False
        while not last:
            packed.seek(position)
            if len(block := packed.read(3)) < 3:
                return False
            described = int.from_bytes(block, "little")
            last, run = bool(described & 1), described >> 1 & 3 == 1
            position += 3 + (1 if run else described >> 3)
        position += checksum
    return position == size


def _as_utf8(stream: Iterator[bytes], encoding: str | None) -> Iterator[bytes]:
    start = next(stream, b"")
    marked = start.startswith(codecs.BOM_UTF8)
    encoding = _wide_encoding(start) or (None if marked else encoding)
    if encoding is not None:
        decoder = codecs.getincrementaldecoder(encoding)("siftune.escape")
        while start:
            yield decoder.decode(start).encode("utf-8", "surrogatepass")
            start = next(stream, b"")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
        return
    yield start.removeprefix(codecs.BOM_UTF8)
    yield from stream


def _wide_encoding(start: bytes) -> str | None:
    if marked := next((name for mark, name in _WIDE if start.startswith(mark)), None):
        return marked
    zeros = [byte == 0 for byte in start[:4]]
    return {(False, True, False, True): "utf-16-le", (True, False, True, False): "utf-16-be"}.get(
        (zeros[0], zeros[1], zeros[2], zeros[3]) if len(zeros) == 4 else (False,) * 4
    )


def _escape_bytes(error: UnicodeError) -> tuple[str, int]:
    """A codec error handler: each undecodable byte as a lone surrogate, which no UTF-8 has."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("siftune.escape", _escape_bytes)
