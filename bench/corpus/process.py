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
class Timed:
    """`peak_mb` is the sum of the resident memory of the process and its children, sampled; `output` and
    `said` are what it wrote on stdout and on stderr."""

    seconds: float
    peak_mb: float
    output: str
    said: str


def timed(
    arguments: Sequence[str],
    folder: Path,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
    *,
    memory: bool = True,
) -> Timed:
    """Runs `python` with these arguments in a folder. Without `memory` that is not sampled, and `peak_mb` is
    0: to go through the pages of gigabytes holds a process up. Raises CalledProcessError, with what was
    said."""
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
        peaks = [0.0]
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
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
    return Timed(seconds, max(peaks), output, said)


def _watch(pid: int, peaks: list[float], ended: threading.Event) -> None:
    while not ended.wait(_EVERY_S):
        peaks.append(sum(map(_resident_mb, [pid, *_children(pid)])))


def _children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [c for child in map(int, found) for c in (child, *_children(child))]


def _resident_mb(pid: int) -> float:
    """The proportional share of memory, so that what processes share counts once."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
