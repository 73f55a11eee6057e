"""A program in a pseudo-terminal of its own: keys in; every byte that it writes is kept."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\^-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\)"
)


class Terminal:
    def __init__(self, command: Sequence[str], size: tuple[int, int] = (120, 40), **variables: str) -> None:
        self.written = b""
        self._master, slave = pty.openpty()
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

    def wait_for(self, text: str, seconds: float = 90, times: int = 1) -> None:
        """Until `text` was written so many times."""
        end = time.monotonic() + seconds
        while self.plain.count(text) < times:
            assert time.monotonic() < end, self.plain[-2000:]
            self.read(0.05)

    def read(self, seconds: float) -> None:
        """Until nothing was written for so long."""
        while select.select([self._master], [], [], seconds)[0]:
            try:
                self.written += os.read(self._master, 65536)
            except OSError:
                return

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    @property
    def plain(self) -> str:
        """What was written, without escape sequences."""
        return ESCAPE.sub(b"", self.written).decode("utf-8", "replace")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
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
