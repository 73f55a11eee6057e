"""The runs of a workspace, newest first, and the audits that were made of two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from train.store import Run
from train.tables import nats
from tui.model.facts import Section
from tui.model.listing import Cursor, Unmoved
from tui.model.outcome import Outcome

if TYPE_CHECKING:
    from train.auditing.audit import Audit


@dataclass(frozen=True, slots=True)
class Asked:
    """Two runs to compare."""

    a: Run
    b: Run


class Runs(Unmoved):
    """`audits` are kept while the program runs, by the ids of both."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = list(reversed(runs))
        self.cursor = Cursor(len(self._runs))
        self.a: str | None = None
        self.audits: dict[tuple[str, str], Audit] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def line(self, at: int) -> str:
        run = self._runs[at]
        mark = "A" if run.id == self.a else " "
        return f"{mark} {run.id}  {nats(run.info.final.test_loss)}  {run.info.method}  {run.state}"

    def done(self, at: int) -> bool:
        """Whether there is nothing to compare: it has no end."""
        return not self._runs[at].finished

    @property
    def run(self) -> Run | None:
        return self._runs[self.cursor.position] if self._runs else None

    @property
    def other(self) -> Run | None:
        """What the run shown is compared with: A, or the run before it where none is named."""
        if self.a is not None:
            return next(run for run in self._runs if run.id == self.a)
        before = self._runs[self.cursor.position + 1 :]
        return next((run for run in before if run.finished), None)

    @property
    def audit(self) -> "Audit | None":
        """Of A, or the run before, and the run shown, where it was made."""
        other, run = self.other, self.run
        return self.audits.get((other.id, run.id)) if other and run else None

    def mark(self) -> Outcome:
        """The run shown is A, or none is where it was already."""
        if self.run is None:
            return Outcome("no run is shown")
        self.a = None if self.a == self.run.id else self.run.id
        return Outcome(f"A is {self.a}: go to another run and press b" if self.a else "A is the run before")

    def ask(self) -> Asked | Outcome:
        """The two runs to compare, or why they can't be."""
        other, run = self.other, self.run
        if run is None or other is None:
            return Outcome("there is no run before it to compare with: mark another one as A")
        if other.id == run.id:
            return Outcome("this run is A: go to another one")
        return Asked(other, run)

    def facts(self) -> list[Section]:
        """Of the run shown, in words."""
        run = self.run
        if run is None:
            return []
        info = run.info
        final = info.final
        lines = [
            f"{run.state}" + (f": {info.reason}" if info.reason else ""),
            f"{info.method} on {info.base_model}, seed {info.seed}",
            f"data {info.dataset_version}",
            f"from {_minute(info.started_at)}"
            + (f" to {_minute(info.finished_at)}" if info.finished_at else ""),
            f"test loss {nats(final.base_test_loss)} before, {nats(final.test_loss)} after training; "
            f"validation {nats(final.validation_loss)} (nats a trained token)",
        ]
        if info.tokens is not None:
            lines.append(
                f"{info.tokens.trained:,} trained tokens of {info.tokens.total:,}; "
                f"{info.tokens.truncated:,} rows cut, {info.tokens.masked_out:,} left with nothing to train"
            )
        return [(f"Run {run.id}", lines)]


def _minute(moment: str) -> str:
    """Where the person is."""
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
