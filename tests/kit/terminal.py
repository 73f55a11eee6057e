"""A program in a pseudo-terminal of its own: keys in; all that it writes is kept, and drawn by pyte."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bench.terminal.emulator import ByteStream, Screen

ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\^-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\)"
)


class Terminal:
    def __init__(self, command: Sequence[str], size: tuple[int, int] = (120, 40), **variables: str) -> None:
        self.written = b""
        self._screen = Screen(*size)
        self._stream = ByteStream(self._screen)
        self._master, slave = pty.openpty()
        self._open = True
        sized = {"TERM": "xterm-256color", "COLUMNS": str(size[0]), "LINES": str(size[1])}
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, **sized, **variables},
            start_new_session=True,
        )
        os.close(slave)

    def wait_for(self, text: str, seconds: float = 90) -> None:
        """Until `text` is on the screen. Only what changes is painted: the bytes need not hold it whole."""
        self._wait(lambda: any(text in line for line in self._screen.display), text, seconds)

    def wait_for_written(self, text: str, times: int, seconds: float = 90) -> None:
        """Until `text` was written so many times, in one piece: what other programs print here."""
        self._wait(lambda: self.plain.count(text) >= times, text, seconds)

    def _wait(self, seen: Callable[[], bool], text: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < end, "\n".join([f"no {text!r}:", *self._screen.display])
            self._take(0.05)

    def read(self, seconds: float) -> None:
        """Until nothing was written for so long."""
        while self._take(seconds):
            pass

    def _take(self, seconds: float) -> bool:
        """What is there, or comes in so long."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.written += data
        self._stream.feed(data)
        return True

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        return list(self._screen.display)

    @property
    def plain(self) -> str:
        """What was written, without escape sequences."""
        return ESCAPE.sub(b"", self.written).decode("utf-8", "replace")

    def hang_up(self) -> None:
        """The terminal goes away, the program stays."""
        os.close(self._master)
        self._open = False

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._open:
            os.close(self._master)


@contextmanager
def terminal(
    command: Sequence[str], size: tuple[int, int] = (120, 40), **variables: str
) -> Iterator[Terminal]:
    """`variables` are added to the environment."""
    opened = Terminal(command, size, **variables)
    try:
        yield opened
    finally:
        opened.close()
