"""A command in a fresh process, with its time and the most memory that it and its workers held."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Held:
    """Resident memory of a process and its children at a moment of `time.perf_counter`, in megabytes; `own`
    without the pages of mapped files."""

    total: float
    own: float
    moment: float


@dataclass(frozen=True, slots=True)
class Timed:
    """`held` are samples; `output` and `said` are what it wrote on stdout and on stderr."""

    seconds: float
    held: list[Held]
    output: str
    said: str

    @property
    def peak_mb(self) -> float:
        return max((held.total for held in self.held), default=0.0)

    @property
    def own_mb(self) -> float:
        return max((held.own for held in self.held), default=0.0)


def timed(
    arguments: Sequence[str],
    folder: Path,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
    *,
    memory: bool = True,
) -> Timed:
    """Runs `python` with these arguments in a folder. Without `memory` that is not sampled: to go through the
    pages of gigabytes holds a process up. Raises CalledProcessError, with what was said."""
    os.sync()  # what an earlier command wrote is not written at this one's cost
    with tempfile.TemporaryFile("w+") as words:
        started = time.perf_counter()
        process = subprocess.Popen(
            [python, *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        )
        held: list[Held] = []
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, held, ended))
        if memory:
            watcher.start()
        output, _ = process.communicate()
        seconds = time.perf_counter() - started
        ended.set()
        if memory:
            watcher.join()
        words.seek(0)
        said = words.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [python, *arguments], output, said)
    return Timed(seconds, held, output, said)


def _watch(pid: int, held: list[Held], ended: threading.Event) -> None:
    while not ended.wait(_EVERY_S):
        each = [_resident_mb(one) for one in (pid, *_children(pid))]
        held.append(Held(sum(e[0] for e in each), sum(e[1] for e in each), time.perf_counter()))


def _children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [c for child in map(int, found) for c in (child, *_children(child))]


def _resident_mb(pid: int) -> tuple[float, float]:
    """The proportional share of memory, so that what processes share counts once; and that without files."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0, 0.0
    kb = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
    return kb["Pss"] / 1024, (kb["Pss"] - kb["Pss_File"]) / 1024
