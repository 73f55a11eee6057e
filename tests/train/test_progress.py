"""What a run shows: a frame fits its terminal whatever the data holds, and the terminal is given back."""

import fcntl
import io
import os
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from schemas.visible import UNSAFE
from train.progress import Lines, Report, Screen, Silent, Worst, on_stderr
from train.progress.curve import Curve, plot, smooth
from train.progress.frame import Measuring, State, frame

REPORT = Report(
    run="2026-11-22-084402-ab12",
    step=30,
    total=120,
    epoch=0.75,
    loss=2.3456,
    learning_rate=2e-4,
    grad_norm=0.81,
    tokens_per_s=12345.0,
    memory_gib=3.2,
    validation=[(10, 2.9), (20, 2.7), (30, 2.8)],
    worst=[Worst("28d7d6c1aaaa", 4.5, "It was \x1b[31m not\nthe way")],
)


def state_of(report: Report | None, *messages: str) -> State:
    state = State(report=report, left_s=3725, messages=list(messages))
    for step in range(1, (report.step if report else 0) + 1):
        state.curve.add(step, 4 - step / 20)
    return state


@given(
    width=st.integers(1, 200),
    height=st.integers(1, 60),
    text=st.text(max_size=200),
    step=st.integers(1, 120),
    measuring=st.booleans(),
)
def test_a_frame_fits_whatever_the_data_holds(
    width: int, height: int, text: str, step: int, measuring: bool
) -> None:
    report = replace(REPORT, step=step, worst=[Worst("28d7d6c1", 4.5, text)] * 3)
    state = state_of(report, text, "step 20: validation loss 2.7000")
    state.measuring = Measuring(text, 3, 7) if measuring else None
    lines = frame(state, width, height)
    assert len(lines) == height
    for line in lines:
        shown = "".join(piece for piece, _ in line)
        assert cell_len(shown) == width
        assert not UNSAFE.search(shown)


def test_all_that_matters_is_there_on_a_small_terminal() -> None:
    state = state_of(REPORT, "step 20: validation loss 2.7000")
    shown = "\n".join("".join(piece for piece, _ in line).rstrip() for line in frame(state, 60, 16))
    for words in (
        "1:02:05 left",
        "step 30/120  epoch 0.75",
        "loss 2.3456  validation 2.8000 at step 30 (best 2.7000 at",
        "rate 2.00e-04  gradient 0.81  12,345 tokens/s  3.2 GiB",
        "4.50 28d7d6c1 It was ␛[31m not⏎the way",
        "step 20: validation loss 2.7000",
        "●",
    ):
        assert words in shown, shown


@given(st.lists(st.floats(0, 10), min_size=1, max_size=3000))
def test_a_curve_keeps_its_mean_in_a_bounded_number_of_points(values: list[float]) -> None:
    curve = Curve()
    for step, value in enumerate(values, start=1):
        curve.add(step, value)
    assert len(curve._sums) <= 512
    assert sum(curve._sums) == pytest.approx(sum(values))
    points = curve.points(80, len(values))
    assert len(points) <= 81
    assert all(1 <= step <= len(values) for step, _ in points)
    assert min(values) - 1e-9 <= min(v for _, v in smooth(points)) <= max(values) + 1e-9


def test_a_falling_curve_is_drawn_falling() -> None:
    curve = Curve()
    for step in range(1, 101):
        curve.add(step, 100 - step)
    drawn = plot(curve, [(50, 50)], 100, 48, 8)
    columns = [[x for x, dot in enumerate(row) if dot != " "] for row in drawn.rows]
    assert all(columns)
    middles = [sum(xs) / len(xs) for xs in columns]
    assert middles == sorted(middles)
    assert sum(map(len, drawn.marks)) == 1


@contextmanager
def terminal(columns: int, rows: int) -> Iterator[Callable[[], pyte.Screen]]:
    """stderr is a terminal of its own in the block; what stands on it."""
    master, slave = os.openpty()
    size = struct.pack("HHHH", rows, columns, 0, 0)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    os.set_blocking(master, False)
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)

    def read() -> pyte.Screen:
        while True:
            try:
                stream.feed(os.read(master, 65536))
            except BlockingIOError:
                return screen

    before = sys.stderr
    with os.fdopen(slave, "w", buffering=1) as stderr:
        sys.stderr = stderr
        try:
            yield read
        finally:
            sys.stderr = before
    os.close(master)


def wait_for(read: Callable[[], pyte.Screen], words: str) -> str:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        shown = "\n".join(read().display)
        if words in shown:
            return shown
        time.sleep(0.02)
    raise AssertionError(f"{words!r} did not come up:\n{shown}")


def test_the_screen_shows_a_run_and_gives_the_terminal_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    # rich asks the process's own streams for the size, which here are no terminal.
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "16")
    with terminal(60, 16) as read:
        progress = on_stderr()
        assert isinstance(progress, Screen)
        wait_for(read, "starting")
        progress.say("cpu: no GPU found")
        with progress.measuring("untuned model", 40) as tick:
            tick(10)
            assert "25%" in wait_for(read, "untuned model")
        for step in range(1, 31):
            progress.step(replace(REPORT, step=step, validation=[]))
        print("a library's warning", file=sys.stderr)
        shown = wait_for(read, "step 30/120")
        assert "a library's warning" in wait_for(read, "a library's warning")
        assert "␛[31m" in shown
        progress.close()
        progress.close()
        assert not isinstance(sys.stderr, io.StringIO)
        left = wait_for(read, "step 30/120  epoch 0.75  loss 2.3456")
        assert "cpu: no GPU found" in left
        assert "a library's warning" in left
        print("written after", file=sys.stderr)
        wait_for(read, "written after")


def test_lines_where_there_is_no_terminal_or_none_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(on_stderr(), Lines)
    assert isinstance(on_stderr(quiet=True), Silent)
    monkeypatch.setenv("TERM", "xterm-256color")
    with terminal(60, 16):
        assert isinstance(on_stderr(plain=True), Lines)
    monkeypatch.setenv("TERM", "dumb")
    with terminal(60, 16):
        assert isinstance(on_stderr(), Lines)
    text = io.StringIO()
    lines = Lines(Console(file=text, highlight=False))
    for step in range(1, 121):
        lines.step(replace(REPORT, step=step))
    assert [line.split()[1] for line in text.getvalue().splitlines()] == ["1/120", "120/120"]
    assert "gradient 0.81  12,345 tokens/s  3.2 GiB" in text.getvalue()
    assert capsys.readouterr().err == ""
