"""What a run says on stderr to the person who started it: a live panel on a terminal, else plain lines."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

Tick = Callable[[int], None]
_LINE_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Report:
    """A training step. `worst`: (example id, loss in nats per token) of this epoch so far, worst first."""

    step: int
    total: int
    epoch: float
    loss: float
    learning_rate: float
    tokens_per_s: float
    worst: Sequence[tuple[str, float]]

    @property
    def numbers(self) -> str:
        return (
            f"epoch {self.epoch:.2f}  loss {self.loss:.4f}  rate {self.learning_rate:.2e}  "
            f"{self.tokens_per_s:,.0f} tokens/s"
        )

    @property
    def worst_line(self) -> str:
        return "worst so far: " + ", ".join(f"{name} {loss:.2f}" for name, loss in self.worst)


class Progress(Protocol):
    """Where a run's words go. `measuring` gives a function to call with the number of examples done."""

    def say(self, line: str) -> None: ...
    def step(self, report: Report) -> None: ...
    def measuring(self, what: str, total: int) -> AbstractContextManager[Tick]: ...
    def close(self) -> None: ...


def on_stderr() -> Progress:
    """A panel where stderr is a terminal, lines where it is not."""
    console = Console(stderr=True, highlight=False)
    return Panel(console) if console.is_terminal else Lines(console)


class Lines:
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


class Panel:
    """A bar with the numbers of the step and, under it, the examples that fare worst."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        )
        self._notes = Text()
        self._training = self._bars.add_task("training", total=None, visible=False)
        self._live = Live(
            Group(self._bars, self._notes), console=console, refresh_per_second=4, transient=True
        )
        self._live.start()

    def say(self, line: str) -> None:
        self._live.console.print(line, markup=False, soft_wrap=True)

    def step(self, report: Report) -> None:
        self._bars.update(self._training, completed=report.step, total=report.total, visible=True)
        self._notes.plain = f"{report.numbers}\n{report.worst_line}"

    @contextmanager
    def measuring(self, what: str, total: int) -> Iterator[Tick]:
        task = self._bars.add_task(what, total=total)
        try:
            yield lambda n: self._bars.advance(task, n)
        finally:
            self._bars.remove_task(task)

    def close(self) -> None:
        self._live.stop()
