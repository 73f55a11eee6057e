"""A program in a pseudo-terminal: keys in, bytes out, each with its time; what is on the screen, by pyte."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.terminal.emulator import ByteStream, Screen

SIZE = (120, 40)  # columns, lines
_QUIET_S = 0.03  # without output for so long, a paint has settled: frames come at 60 a second
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Paint:
    """What a key led to: seconds from the key to the last byte of its paint, and the bytes."""

    seconds: float
    sent: bytes

    @property
    def size(self) -> int:
        return len(self.sent)


class Driven:
    def __init__(self, command: Sequence[str], size: tuple[int, int] = SIZE) -> None:
        self.started = time.perf_counter()
        self._screen = Screen(*size)
        self._stream = ByteStream(self._screen)
        self._unread = bytearray()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._child = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(slave)
        _share_priority(self._child.pid)

    @property
    def process(self) -> "Process":
        return Process(self._child.pid)

    @property
    def screen(self) -> list[str]:
        """The lines shown. Everything read so far is drawn now, which takes its time."""
        self._stream.feed(bytes(self._unread))
        self._unread.clear()
        return list(self._screen.display)

    @property
    def tab_stops(self) -> set[int]:
        return set(self._screen.tabstops) if self.screen else set()

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def key(self, keys: str, quiet: float = _QUIET_S, patience: float = _PATIENCE_S) -> Paint:
        """Press, and wait until its paint has settled: for so long where there is none."""
        start, before = time.perf_counter(), len(self._unread)
        self.type(keys)
        last = self._settle(quiet, patience)
        return Paint(last - start, bytes(self._unread[before:]))

    def until(self, text: str) -> float:
        """Seconds from the start of the program until `text` is on the screen, read as it comes."""
        while True:
            self.read(0.02)
            seen = time.perf_counter()
            if any(text in line for line in self.screen):
                return seen - self.started
            if seen - self.started > _PATIENCE_S:
                raise TimeoutError("\n".join(self.screen))

    def read(self, seconds: float) -> int:
        """What arrives within `seconds`; the number of bytes."""
        end, size = time.perf_counter() + seconds, 0
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._master], [], [], left)[0]:
                size += self._take()
        return size

    def close(self) -> None:
        if self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        os.close(self._master)

    def _settle(self, quiet: float, patience: float) -> float:
        """When the last byte came of what follows."""
        last, wait = time.perf_counter(), patience
        while select.select([self._master], [], [], wait)[0]:
            self._take()
            last, wait = time.perf_counter(), quiet
        return last

    def _take(self) -> int:
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            raise RuntimeError("\n".join(["the program has ended:", *self.screen])) from None
        self._unread += data
        return len(data)


def _share_priority(pid: int) -> None:
    """A session of its own is weighed by the kernel on its own: at what the bench was started with."""
    with suppress(OSError):  # there are kernels without such groups
        nice = Path("/proc/self/autogroup").read_text(encoding="utf-8").split()[-1]
        Path(f"/proc/{pid}/autogroup").write_text(nice, encoding="utf-8")


@contextmanager
def driven(command: Sequence[str], size: tuple[int, int] = SIZE) -> Iterator[Driven]:
    program = Driven(command, size)
    try:
        yield program
    finally:
        program.close()


@dataclass(frozen=True, slots=True)
class Process:
    """What the kernel says of a process."""

    pid: int

    @property
    def private_mib(self) -> float:
        """Memory that no file stands behind, which the kernel cannot take back."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024

    @property
    def cpu_s(self) -> float:
        """User and system time spent so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
