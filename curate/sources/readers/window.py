"""Window: the part of a stream that is looked at, at most MAX_LINE bytes and a chunk."""

from collections.abc import Iterator

from curate.sources.readers.lines import MAX_LINE
from curate.sources.readers.streams import CHUNK, Stopped


class Window:
    """`data` grows at its end and is let go at its beginning. `ended`: there is no more behind it; `stopped`:
    because the stream could not be read on."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self.data = b""
        self.ended = False
        self.stopped: str | None = None

    def fill(self) -> None:
        """As far as a window goes."""
        while self.more(0):
            pass

    def more(self, position: int) -> bool:
        """At least doubles what stands from `position` on; False when it is all, or MAX_LINE bytes."""
        standing = len(self.data) - position
        if self.ended or standing >= MAX_LINE:
            return False
        self.data += b"".join(self._pieces(min(standing, MAX_LINE) + CHUNK))
        return True

    def leave(self, position: int) -> int:
        """Lets go of what stands before `position`, where that is worth the copy; the new position."""
        if position < CHUNK:
            return position
        self.data = self.data[position:]
        return 0

    def slide(self, overlap: int) -> int:
        """Lets go of all but the last `overlap` bytes and reads on; how many of them are left."""
        tail = self.data[-overlap:]
        self.data = tail + b"".join(self._pieces(CHUNK))
        return len(tail)

    def _pieces(self, size: int) -> Iterator[bytes]:
        try:
            while size > 0:
                piece = next(self._stream, None)
                if piece is None:
                    self.ended = True
                    return
                size -= len(piece)
                yield piece
        except Stopped as stopped:
            self.ended, self.stopped = True, stopped.problem
