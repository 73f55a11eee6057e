"""What the review costs where it is felt: measured from outside, in a pseudo-terminal, beside its targets.

    python bench/tui_latency.py [--rows 1000000] [--decisions 20000] [--folder PATH] [--journal URL]

A workspace of that many rows is made once, in `--folder`. A key's time ends with the last byte of its paint,
the wait for Textual's next frame (up to 1/60 s) included. Private memory is what the kernel cannot take back:
without pages of mapped files. The program is what `curate review` runs.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.terminal.budget import budget, by_move, spent
from bench.terminal.driven import SIZE, Driven, Paint, driven
from bench.terminal.figure import Figure
from bench.terminal.screens import decide_much, opening, waiting
from bench.terminal.workspace import NEEDLE, large_workspace
from curate.journal import Journal
from curate.workspace import JOURNAL_VARIABLE

_KEYS = 200
_BURST = 50  # keys at once where no paint is waited for
_HELD_S, _RATE = 10.0, 30
_IDLE_S = 10.0
_MUCH = 100_000  # decisions of one journal
_SOCKET = "siftune-latency"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--decisions", type=int, default=20_000, help="of the memory's growth")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "siftune-latency")
    parser.add_argument("--journal", help="a PostgreSQL URL; a file when not given")
    given = parser.parse_args()
    recipe = large_workspace(given.folder, given.rows)
    with tempfile.TemporaryDirectory() as folder:
        where = given.journal or str(Path(folder) / "decisions.db")
        command = [sys.executable, "-c", _PROGRAM, str(recipe), where]
        with driven(command) as first:  # what a version costs once: its rows laid out to be mapped
            print(f"first opening of a version: {first.until(f'/{given.rows:,}'):.1f} s", flush=True)
        for figures in (_alone, _in_tmux, _many):
            for figure in figures(command, given.rows, given.decisions):
                print(figure, flush=True)
        if given.journal is None:
            for figure in _much_decided([*command[:-1], str(Path(folder) / "much.db")], given.rows):
                print(figure, flush=True)
        _killed(command, given.rows, where)
        decide_much(where, given.rows)
        for figure in _screens(command, given.rows):
            print(figure, flush=True)


_PROGRAM = f"""
import os, sys
from pathlib import Path
os.environ["{JOURNAL_VARIABLE}"] = sys.argv[2]
from tui.app import review
sys.exit(review(Path(sys.argv[1]), queue=None, annotator="ada", plain=False, run=None, version=None))
"""


def _alone(command: list[str], rows: int, _: int) -> Iterator[Figure]:
    with driven(command) as program:
        yield Figure("open, to the first example painted", program.until(f"/{rows:,}"), 1.5, "s")
        program.read(1)
        yield Figure("private memory once open", program.process.private_mib, 150, "MiB")
        yield from _keys(program, "a", "decision", 20, 50, 8 * 1024)
        yield from _keys(program, "j", "cursor move", 20, 50, 1024)
        yield from _search(program, rows)
        yield _held(program)
        yield Figure("private memory after all this", program.process.private_mib, 150, "MiB")
        before, start = program.process.cpu_s, time.perf_counter()
        program.read(_IDLE_S)
        idle = (program.process.cpu_s - before) / (time.perf_counter() - start) * 100
        yield Figure("CPU while idle", idle, 1, "%")


def _in_tmux(command: list[str], rows: int, _: int) -> Iterator[Figure]:
    if not shutil.which("tmux"):
        print("tmux is not installed: not measured there")
        return
    with _tmux(command) as program:
        program.until(f"/{rows:,}")
        program.read(1)
        yield from _keys(program, "a", "decision, in tmux", 60, 60, 8 * 1024)


@contextmanager
def _tmux(command: list[str]) -> Iterator[Driven]:
    columns, lines = map(str, SIZE)
    start = ["tmux", "-L", _SOCKET, "-f", "/dev/null", "new-session", "-x", columns, "-y", lines, *command]
    try:
        with driven(start) as program:
            yield program
    finally:
        subprocess.run(["tmux", "-L", _SOCKET, "kill-server"], check=False, stderr=subprocess.DEVNULL)


def _keys(program: Driven, key: str, name: str, p50: float, p95: float, size: float) -> Iterator[Figure]:
    """A key pressed again and again, each time after its paint has settled."""
    for _ in range(10):
        program.key(key)
    before, stops = program.process.cpu_s, program.tab_stops
    paints = [_pressed(program, key) for _ in range(_KEYS)]
    used = (program.process.cpu_s - before) / _KEYS
    times = statistics.quantiles((paint.seconds * 1e3 for paint in paints), n=100)
    cpu = f"{used * 1e3:.1f} ms CPU, " if used else ""  # none: it is a client's terminal
    parts = list(spent([paint.sent for paint in paints], *SIZE, stops))
    print(f"  {name}: {cpu}slowest {times[-1]:.0f} ms; bytes: {budget(parts)}")
    for line in by_move(parts):
        print(f"    {line}")
    yield Figure(f"{name}, key to settled paint, p50", times[49], p50, "ms")
    yield Figure(f"{name}, p95", times[94], p95, "ms")
    sizes = statistics.quantiles((paint.size for paint in paints), n=100)
    yield Figure(f"{name}, bytes to the terminal, p50", sizes[49], size, "bytes")
    yield Figure(f"{name}, bytes, p95", sizes[94], size, "bytes")


def _pressed(program: Driven, key: str) -> Paint:
    paint = program.key(key)
    time.sleep(0.005)
    return paint


def _search(program: Driven, rows: int) -> Iterator[Figure]:
    """A word that stands in a thousandth of the rows; keys pressed while it is looked for are timed too."""
    program.type("/")
    program.until("show:")
    program.type(NEEDLE)
    program.until(f"show: {NEEDLE}")
    program.read(0.2)
    start = time.perf_counter()
    program.type("\r")
    found, slowest = f"/{rows // 1000:,} ", 0.0
    while not any(found in line for line in program.screen[:1]):
        slowest = max(slowest, program.key("j").seconds)
        if time.perf_counter() - start > 60:
            raise TimeoutError("\n".join(program.screen))
    yield Figure("text search, to the matches painted", (time.perf_counter() - start) * 1e3, 500, "ms")
    yield Figure("slowest key meanwhile", slowest * 1e3, 50, "ms")
    print(f"  found: {program.screen[0].strip()}")
    program.type("/")
    program.until("show:")
    program.type("\x15\r")
    program.until(f"/{rows:,}")


def _held(program: Driven) -> Figure:
    """What a key held down leaves to be painted when it is let go."""
    start = time.perf_counter()
    for number in range(int(_HELD_S * _RATE)):
        program.read(max(0.0, start + number / _RATE - time.perf_counter()))
        program.type("j")
    return Figure("key held 10 s at 30/s: settled after its end", program.key("j").seconds * 1e3, 100, "ms")


def _screens(command: list[str], rows: int) -> Iterator[Figure]:
    for part in (opening, waiting):
        with driven(command) as program:
            program.until(f"/{rows:,}")
            program.read(1)
            yield from part(program)


def _many(command: list[str], rows: int, decisions: int) -> Iterator[Figure]:
    with driven(command) as program:
        program.until(f"/{rows:,}")
        _decide(program, 500)
        before, start, cpu = program.process.private_mib, time.perf_counter(), program.process.cpu_s
        _decide(program, decisions)
        after = program.process.private_mib
        rate = decisions / (time.perf_counter() - start)
        spent = (program.process.cpu_s - cpu) / decisions * 1e3
        print(f"  {decisions:,} decisions: {rate:.0f} a second, {spent:.1f} ms CPU each")
        growth = after - before
        yield Figure(f"growth of memory in {decisions:,} decisions", growth, 20, "MiB")


def _decide(program: Driven, decisions: int) -> None:
    for _ in range(decisions // _BURST):
        program.key("a" * _BURST)


def _much_decided(command: list[str], rows: int) -> Iterator[Figure]:
    """Opened by who decided much: half of it, and as much decided by another, who mostly agrees."""
    decide_much(command[-1], rows, _MUCH // 2)
    with driven(command) as program:
        opened = program.until(f"/{rows:,}")
        yield Figure(f"open with {_MUCH:,} decisions, to an example painted", opened, 1.5, "s")
        program.read(1)
        yield Figure("private memory once open", program.process.private_mib, 150, "MiB")


def _killed(command: list[str], rows: int, where: str) -> None:
    """`kill -9` while decisions are made: every one that was painted must be in the journal."""
    with Journal.open(where) as journal:
        before = len(journal.decisions())
    with driven(command) as program:
        program.until(f"/{rows:,}")
        while (shown := _counted(program)) < before + 1000:
            program.type("a" * 20)
            program.read(0.05)
    with Journal.open(where) as journal:
        kept = len(journal.decisions())
    print(f"kill -9 after {shown - before:,} decisions shown: {kept - before:,} in the journal")
    if kept < shown:
        sys.exit(f"{shown - kept} decisions that were shown are lost")


def _counted(program: Driven) -> int:
    """Decisions of today, as the line of status says."""
    words = program.screen[0].replace(",", "").split()
    return int(words[words.index("today") - 1])


if __name__ == "__main__":
    main()
