"""Cost and rate while answers come in: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable
from decimal import Decimal
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from curate.llm.budget import Budget
from curate.progress import console

Say = Callable[[str], None]
SAY_EVERY_S = 10.0


class Meter:
    """Of one pass over `total` requests. `say` gets the lines where stderr is no terminal."""

    def __init__(self, purpose: str, say: Say, total: int, budget: Budget) -> None:
        self._purpose = purpose
        self._say = say
        self._total = total
        self._budget = budget
        self._start = self._last = time.monotonic()
        columns = (
            TextColumn(f"{purpose:>14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"),
            TimeRemainingColumn(),
        )
        self._live = sys.stderr.isatty()
        self._bar = Progress(*columns, console=console(), transient=True, disable=not self._live)
        self._task = self._bar.add_task(purpose, total=total, words="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def tell(self, done: int, flying: int) -> None:
        """`done` requests have their reply and `flying` are on their way."""
        now = time.monotonic()
        rate = done / max(now - self._start, 1e-9)
        spent = f"{usd(self._budget.spent)} of {usd(self._budget.cap)}"
        if self._live:
            words = f"{rate:.1f}/s  {spent}  {flying} on their way"
            self._bar.update(self._task, completed=done, words=words)
        elif now - self._last >= SAY_EVERY_S:
            self._last = now
            self._say(
                f"{self._purpose}: {done:,} of {self._total:,} done, {rate:.1f}/s, {spent} spent, "
                f"{flying} on their way"
            )


def usd(amount: Decimal) -> str:
    """Cents where there are dollars, four digits below."""
    return f"${amount:.2f}" if amount >= 1 or not amount else f"${amount:.4f}"
