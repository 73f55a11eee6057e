"""What a bisect says while it trains, on stderr: a bar on a terminal, lines elsewhere, or nothing."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from typing_extensions import override

from train.progress import Progress, Report, Silent


class Shown(Protocol):
    """`run`: for the time of one run; `runs_ahead`: how many are expected after it."""

    def say(self, line: str) -> None: ...
    def run(self, words: str, runs_ahead: int) -> AbstractContextManager[Progress]: ...


class Quiet(Shown):
    """Says nothing."""

    def say(self, line: str) -> None: ...

    @override
    @contextmanager
    def run(self, words: str, runs_ahead: int) -> Iterator[Progress]:
        yield Silent()


class Lines(Shown):
    """A line for each run and each thing said."""

    def say(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")

    @contextmanager
    def run(self, words: str, runs_ahead: int) -> Iterator[Progress]:
        self.say(f"{words}; {runs_ahead} more run{'s' * (runs_ahead > 1)} expected" if runs_ahead else words)
        yield Silent()


class Bar(Shown):
    """One bar over all runs, the steps of the one under way among them."""

    def __init__(self) -> None:
        columns = (BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        self._console = Console(stderr=True, highlight=False)
        self._bars = Bars(*columns, console=self._console, transient=True)
        self._task = self._bars.add_task("")
        self._done = 0

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    @contextmanager
    def run(self, words: str, runs_ahead: int) -> Iterator[Progress]:
        self._bars.update(
            self._task, description=words, total=self._done + 1 + runs_ahead, completed=self._done
        )
        with self._bars:
            yield _Steps(self)
        self._done += 1

    def part(self, share: float) -> None:
        self._bars.update(self._task, completed=self._done + share)


class _Steps(Silent):
    """A run's steps as a part of the bar."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar

    def step(self, report: Report) -> None:
        self._bar.part(report.step / report.total)


def on_stderr(*, plain: bool) -> Shown:
    """A bar where stderr is a terminal and `plain` is not asked for, else lines."""
    return Lines() if plain or not sys.stderr.isatty() else Bar()
