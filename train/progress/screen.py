"""The live screen of a run. It takes the terminal's other screen, so that resizing leaves nothing behind, and
gives what was said back to the ordinary one when it closes.

A thread of its own paints, four times a second at most, only when something changed, and so seldom that
painting takes no more than `_SHARE` of the time: training never waits for it.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.style import Style

from train.progress.frame import Measuring, State, frame
from train.progress.report import Report, Tick

_PAINT_EVERY_S = 0.25
_SHARE = 0.005
_KEPT = 100  # messages that can be on the screen


class Screen:
    """A run on a terminal: curve, numbers, the examples that fare worst, what was said last."""

    def __init__(self) -> None:
        # Its own way to the terminal: what others write on stderr while it stands is said, not painted over.
        self._console = Console(file=sys.stderr, highlight=False, force_terminal=True)
        self._state = State()
        self._all: list[str] = []
        self._first: tuple[int, float] | None = None
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._closed = threading.Event()
        self._live = Live(
            get_renderable=lambda: self,
            console=self._console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._stderr, sys.stderr = sys.stderr, _Said(self)
        self._live.start(refresh=True)
        self._painter = threading.Thread(target=self._paint, name="screen", daemon=True)
        self._painter.start()

    def say(self, line: str) -> None:
        with self._lock:
            self._all.append(line)
            self._state.messages = self._all[-_KEPT:]
        self._changed.set()

    def step(self, report: Report) -> None:
        now = time.monotonic()
        with self._lock:
            if self._first is None:
                self._first = report.step, now
            self._state.report = report
            self._state.curve.add(report.step, report.loss)
            done, taken = report.step - self._first[0], now - self._first[1]
            self._state.left_s = taken / done * (report.total - report.step) if done else None
        self._changed.set()

    @contextmanager
    def measuring(self, what: str, total: int) -> Iterator[Tick]:
        measuring = Measuring(what, 0, total)

        def tick(n: int) -> None:
            measuring.done += n
            self._changed.set()

        self._state.measuring = measuring
        self._changed.set()
        try:
            yield tick
        finally:
            self._state.measuring = None
            self._changed.set()

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        self._changed.set()
        self._painter.join()
        self._live.stop()
        sys.stderr = self._stderr
        for line in self._all:
            self._console.print(line, markup=False, soft_wrap=True)
        if (report := self._state.report) is not None:
            last = f"step {report.step}/{report.total}  {report.numbers}"
            self._console.print(last, markup=False, soft_wrap=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            lines = frame(self._state, options.max_width, options.height or console.height)
        for i, line in enumerate(lines):
            if i:
                yield Segment.line()
            for text, style in line:
                yield Segment(text, Style.parse(style))

    def _paint(self) -> None:
        size, wait_s = self._console.size, _PAINT_EVERY_S
        while not self._closed.wait(wait_s):
            if self._changed.is_set() or self._console.size != size:
                self._changed.clear()
                size, began = self._console.size, time.thread_time()
                self._live.refresh()
                wait_s = max(_PAINT_EVERY_S, (time.thread_time() - began) / _SHARE)


class _Said:
    """Stands for stderr while the screen does: whole lines are said."""

    encoding = "utf-8"

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._screen.say(line)
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False
