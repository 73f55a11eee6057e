"""Taking back and bringing back, one decision or one batch at a time."""

from collections.abc import Iterator

from schemas.decision import Decision
from schemas.errors import UsageError
from tui.model.corpus import ABSENT
from tui.model.deciding import Deciding
from tui.model.many import Many, finished
from tui.model.outcome import Outcome, said


class Undoing(Deciding):
    """What cannot be written raises JournalError, and then nothing changed."""

    def undo(self) -> Outcome:
        """Take back what this annotator did last and is in force, and go to its row."""
        return finished(self.undoing())

    def redo(self) -> Outcome:
        """Decide again what was undone last, and go to its row."""
        return finished(self.redoing())

    def undoing(self) -> Many | Outcome:
        """The same, in steps where it is a batch."""
        latest = self.verdicts.undoable
        if not latest:
            return Outcome("nothing to undo")
        drafts = (self.verdicts.draft(d.example_id, d.verdict, undoes=d.seq) for d in latest)
        return self._carry_out("undone", latest, drafts)

    def redoing(self) -> Many | Outcome:
        """The same, in steps where it is a batch."""
        again = self.verdicts.redoable
        if not again:
            return Outcome("nothing to redo")
        drafts = (
            self.verdicts.draft(
                d.example_id, d.verdict, labels=d.labels, messages=d.messages, reason=d.reason, note=d.note
            )
            for d in again
        )
        return self._carry_out("redone", again, drafts)

    def take_back(self, decision: Decision) -> Outcome:
        """Take back this one decision that is in force, whenever it was made. Raises UsageError where it is
        someone else's."""
        if decision.annotator != self.verdicts.annotator:
            raise UsageError(
                f"this is a decision of {decision.annotator}",
                f"review --as {decision.annotator} to take it back, or decide yourself",
            )
        draft = self.verdicts.draft(decision.example_id, decision.verdict, undoes=decision.seq)
        return Outcome(f"undone: {said(decision)}", self._record(draft))

    def _carry_out(self, done: str, decisions: list[Decision], drafts: Iterator[Decision]) -> Many | Outcome:
        if len(decisions) == 1:
            written = self._record(next(drafts))
            return Outcome(
                f"{done}: {said(decisions[0])}{self._return_to(decisions[0], alone=True)}", written
            )

        def ended(many: Many) -> Outcome:
            if many.last is None:
                return Outcome(f"nothing was {done}")
            first = min(decisions[: many.written], key=lambda d: d.seq)
            count = f"{many.written:,}" if many.whole else f"{many.written:,} of {many.total:,}"
            return Outcome(f"{done}: {count} {said(first)}{self._return_to(first, alone=False)}", many.last)

        return Many(self.verdicts, drafts, len(decisions), self._follow, ended)

    def _follow(self) -> None:
        """The team's state, after some of many were written."""
        self.team.catch_up(self.verdicts.rows)

    def _return_to(self, decision: Decision, *, alone: bool) -> str:
        """Goes to the decision's row; where that is not possible, says so."""
        row = self.verdicts.row_of(decision.example_id)
        if row != ABSENT and self.place.go_to_row(row):
            return ""
        return f" ({decision.example_id}, which is not in this list)" if alone else " (not in this list)"
