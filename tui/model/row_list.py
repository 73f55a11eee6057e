"""Rows of the version in some order, each kept or dropped as in the review queue."""

import numpy as np

from schemas.decision import Decision, Verdict
from schemas.example import Example
from tui.model.corpus import ABSENT, Rows
from tui.model.listing import Cursor
from tui.model.outcome import Outcome, said
from tui.model.review import Review

_MARKS = {"keep": "K", "drop": "D", "edit": "E", "skip": "-"}


class RowList:
    """A subclass says what stands in a line."""

    def __init__(self, review: Review, rows: Rows) -> None:
        self._review = review
        self._rows = rows
        self.cursor = Cursor(len(rows))
        self.open = 0  # rows that this annotator did not decide
        self._count_open()
        self._go_to_first()

    def __len__(self) -> int:
        return len(self._rows)

    def line(self, at: int) -> str:
        return f"{self._mark(at)} {self._review.corpus.preview(int(self._rows[at]))}"

    def done(self, at: int) -> bool:
        """Whether this annotator decided on it; a skip is no decision."""
        return not self._review.verdicts.undecided(self._rows[at : at + 1]).any()

    @property
    def row(self) -> int | None:
        return int(self._rows[self.cursor.position]) if len(self) else None

    @property
    def example(self) -> Example | None:
        return self._review.corpus.example(self.row) if self.row is not None else None

    @property
    def verdict(self) -> Decision | None:
        """This annotator's, on the row shown."""
        return self._review.verdicts.current(self.row) if self.row is not None else None

    def keep(self) -> Outcome:
        return self._decide("keep")

    def drop(self) -> Outcome:
        return self._decide("drop")

    def to_next(self) -> Outcome | None:
        """To the next row that is not decided, round the end; an outcome only where there is none."""
        undecided = self._review.verdicts.undecided(self._rows)
        return None if self.cursor.to_next(undecided) else Outcome("no other example is undecided here")

    def refresh(self) -> None:
        """After decisions, here or elsewhere."""
        self._review.team.catch_up()
        self._count_open()

    def _decide(self, verdict: Verdict) -> Outcome:
        if self.row is None:
            return Outcome("no example is shown")
        decision = self._review.verdicts.write(self._review.corpus.id_of(self.row), verdict)
        self.refresh()
        self.to_next()
        return Outcome(said(decision), decision)

    def followed(self, outcome: Outcome) -> Outcome:
        """Back to the row that it was about, where it is one of these."""
        self.refresh()
        if outcome.decision is not None:
            row = self._review.corpus.row_of(outcome.decision.example_id)
            at = np.flatnonzero(self._rows == row)
            if row != ABSENT and len(at):
                self.cursor.go(int(at[0]))
        return outcome

    def _count_open(self) -> None:
        self.open = int(self._review.verdicts.undecided(self._rows).sum())

    def _go_to_first(self) -> None:
        undecided = self._review.verdicts.undecided(self._rows)
        self.cursor.go(int(undecided.argmax()) if undecided.any() else 0)

    def _mark(self, at: int) -> str:
        verdict = self._review.verdicts.verdict(int(self._rows[at]))
        return _MARKS[verdict] if verdict else " "
