"""A run's progress in plain lines, for files, pipes and terminals that can do no more; and none at all."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from typing_extensions import override

from train.progress.report import Progress, Report, Tick

_LINE_EVERY_S = 10.0


class Lines(Progress):
    """A line now and then: at the first and the last step, and every ten seconds between."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said_at = float("-inf")

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def step(self, report: Report) -> None:
        now = time.monotonic()
        if report.step == report.total or now - self._said_at >= _LINE_EVERY_S:
            self._said_at = now
            self.say(f"step {report.step}/{report.total}  {report.numbers}")

    @contextmanager
    def measuring(self, what: str, total: int) -> Iterator[Tick]:
        self.say(f"losses of {total:,} examples: {what}")
        yield lambda _: None

    def close(self) -> None:
        """Nothing to take down."""


class Silent(Progress):
    """Says nothing: `--quiet`."""

    def say(self, line: str) -> None: ...

    def step(self, report: Report) -> None: ...

    @override
    @contextmanager
    def measuring(self, what: str, total: int) -> Iterator[Tick]:
        yield lambda _: None

    def close(self) -> None: ...
