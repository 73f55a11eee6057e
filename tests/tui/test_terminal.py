"""The program in a pseudo-terminal: what reaches the terminal, what survives a kill, how fast it opens."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from curate.journal import Journal

_PROGRAM = """
import sys
from pathlib import Path
from tui.app import review
sys.exit(review(Path(sys.argv[1]), queue=None, annotator="ada", plain=False, run=None, version=None))
"""
_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\^-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\)"
)


class Terminal:
    """A child on a pseudo-terminal of its own; everything that it writes is kept."""

    def __init__(self, recipe: Path, size: tuple[int, int] = (120, 40)) -> None:
        self.written = b""
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(size[0]), "LINES": str(size[1])}
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(recipe)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
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
        return _ESCAPE.sub(b"", self.written).decode("utf-8", "replace")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)


def test_data_never_drives_the_terminal(make_desk: Any, hostile_examples: Any) -> None:
    terminal = Terminal(make_desk(examples=hostile_examples).recipe)
    try:
        terminal.wait_for("/9 · 9 left")
        for number in range(1, len(hostile_examples) + 1):
            terminal.type("i")
            terminal.wait_for("esc closes", times=number)
            terminal.type("q")
            terminal.read(0.2)
            terminal.type("e")
            terminal.wait_for("F2 or ^o save", times=number)
            terminal.type("\x0f")  # ctrl+o: nothing changed, so nothing is decided
            terminal.wait_for("nothing changed", times=number)
            terminal.type("j")
            terminal.read(0.2)
    finally:
        terminal.close()
    assert b"\x1b]0;" not in terminal.written
    assert b"\x1b[31;1mred" not in terminal.written
    assert b"\x1bPdcs" not in terminal.written
    left = terminal.plain
    assert "PWNED" in left
    hidden = {c for c in left if not c.isprintable() and c not in "\r\n\x08 \xa0\u3000�"}
    assert not hidden, [hex(ord(c)) for c in hidden]


def test_kill_loses_no_decision_that_was_shown(desk: Any) -> None:
    shown = 0
    for keys in ("aa", "xax", "a"):
        terminal = Terminal(desk.recipe)
        try:
            terminal.wait_for(f" · {shown} today")
            for key in keys:
                terminal.type(key)
                shown += 1
                terminal.wait_for("kept" if key == "a" else "dropped")
                terminal.wait_for(f"{12 - shown} left")
            os.kill(terminal.process.pid, signal.SIGKILL)
        finally:
            terminal.close()
        with Journal.open(desk.journal) as journal:
            assert len(journal.rulings()) == shown


@pytest.mark.slow
def test_a_hundred_thousand_rows_open_at_once(make_desk: Any, plain_examples: Any) -> None:
    desk = make_desk(examples=plain_examples(100_000), tokens=False)
    start = time.monotonic()
    terminal = Terminal(desk.recipe)
    try:
        terminal.wait_for("1/100,000", seconds=60)
        opened = time.monotonic() - start
        terminal.type("G")
        terminal.wait_for("100,000/100,000")
        terminal.type("a")
        terminal.wait_for("kept")
    finally:
        terminal.close()
    assert opened < 15, "a DataTable takes longer than this; the list should take about a second"
