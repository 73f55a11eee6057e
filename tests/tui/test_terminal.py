"""The program in a pseudo-terminal: what survives a kill, two at once, how fast it opens."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal, terminal

from curate.journal import Journal

_CURATE = "from curate.cli import main; main()"


def review(recipe: Path, annotator: str = "ada", **variables: str) -> AbstractContextManager[Terminal]:
    command = [sys.executable, "-c", _CURATE, "review", "--recipe", str(recipe), "--as", annotator]
    return terminal(command, **variables)


def test_kill_loses_no_decision_that_was_shown(desk: Any) -> None:
    shown = 0
    for keys in ("aa", "xax", "a"):
        with review(desk.recipe) as ada:
            ada.wait_for(f" · {shown} today")
            for key in keys:
                ada.type(key)
                shown += 1
                ada.wait_for("kept" if key == "a" else "dropped")
                ada.wait_for(f"{12 - shown} left")
            os.kill(ada.process.pid, signal.SIGKILL)
        with Journal.open(desk.journal) as journal:
            assert len(journal.rulings()) == shown


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_two_annotators_decide_at_once(make_desk: Any, store: str, request: pytest.FixtureRequest) -> None:
    desk = make_desk(40)
    where = str(desk.journal) if store == "sqlite" else request.getfixturevalue("postgres_url")
    with (
        review(desk.recipe, "ada", SIFTUNE_JOURNAL=where) as ada,
        review(desk.recipe, "bob", SIFTUNE_JOURNAL=where) as bob,
    ):
        for one in (ada, bob):
            one.wait_for("40 left")
        for _ in range(5):
            ada.type("aaaa")
            bob.type("xxxx")
        for one in (ada, bob):
            one.wait_for("20 left", 30)
            one.wait_for("team 20/40", 30)
    with Journal.open(where) as journal:
        decided = [(d.annotator, d.verdict) for d in journal.decisions()]
        in_conflict = [ruling.disagreement for ruling in journal.rulings().values()]
    assert decided.count(("ada", "keep")) == decided.count(("bob", "drop")) == 20
    assert len(decided) == 40
    assert in_conflict == [True] * 20


@pytest.mark.slow
def test_a_hundred_thousand_rows_open_at_once(make_desk: Any, plain_examples: Any) -> None:
    desk = make_desk(examples=plain_examples(100_000), tokens=False)
    start = time.monotonic()
    with review(desk.recipe) as ada:
        ada.wait_for("1/100,000", seconds=60)
        opened = time.monotonic() - start
        ada.type("G")
        ada.wait_for("100,000/100,000")
        ada.type("a")
        ada.wait_for("kept")
    assert opened < 15, "a DataTable takes longer than this; the list should take about a second"


_KEYS = "jjjxaGkkgjJ\x04\x15jjx"


def test_tmux_shows_what_any_terminal_shows(make_desk: Any, tmp_path: Path) -> None:
    """Both are sent differences, in the codes that they have."""
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    desk = make_desk(60)
    with review(desk.recipe) as plain:
        plain.wait_for("60 left")
        for key in _KEYS:
            plain.type(key)
            plain.read(0.15)
        plain.wait_for("3 today")
        plain.read(2)
        shown = [line.rstrip() for line in plain.lines]
    desk.journal.unlink()
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    command = [sys.executable, "-c", _CURATE, "review", "--recipe", str(desk.recipe), "--as", "ada"]
    sized = ["env", "-u", "COLUMNS", "-u", "LINES", *command]  # as the pane is
    subprocess.run([*tmux, "new-session", "-d", "-x", "120", "-y", "40", *sized], check=True)
    try:
        _wait_for_line(tmux, lambda lines: "60 left" in lines[0])
        for key in _KEYS:
            subprocess.run([*tmux, "send-keys", "-l", key], check=True)
            time.sleep(0.15)
        _wait_for_line(tmux, lambda lines: lines == shown)
    finally:
        subprocess.run([*tmux, "kill-server"], check=True)


def _wait_for_line(tmux: list[str], shown: Callable[[list[str]], bool], seconds: float = 30) -> None:
    """Until the pane shows it."""
    end = time.monotonic() + seconds
    while True:
        pane = subprocess.check_output([*tmux, "capture-pane", "-p"], text=True)
        lines = [line.rstrip() for line in pane.split("\n")]
        if shown(lines[:-1]):
            return
        assert time.monotonic() < end, pane
        time.sleep(0.1)


def test_no_colours_are_left_behind(desk: Any) -> None:
    with review(desk.recipe) as ada:
        ada.wait_for("12 left")
        ada.type("q")
        assert ada.process.wait(60) == 0
        ada.read(0.1)
        assert ada.written.endswith(b"\x1b[m")
        assert ada.written.rindex(b"\x1b[?1049l") < ada.written.rindex(b"\x1b[m")


def test_a_key_close_behind_escape_acts(desk: Any) -> None:
    """Both come at once, as from a terminal that sends Escape as a bare byte."""
    with review(desk.recipe) as ada:
        ada.wait_for("12 left")
        for key in "jkf":
            ada.type("/")
            ada.wait_for("show:")
            ada.type(f"x\x1b{key}")
            ada.wait_for("note for a second look:" if key == "f" else " 2/12" if key == "j" else " 1/12", 20)
        ada.type("ask\rj")
        ada.wait_for(" 2/12", 20)
        for key, shown in (
            ("\x1bOP", "overview"),
            ("\x1bOQ", " 2/12"),
            ("\x1bOB", " 3/12"),
            ("\x1b[A", " 2/12"),
        ):
            ada.type(key)  # which begin as Escape does
            ada.wait_for(shown, 20)
