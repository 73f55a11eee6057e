"""Ending a conflict as one of its annotators decided."""

from schemas.decision import ADJUDICATED
from schemas.errors import UsageError
from tui.model.outcome import NOTHING, Outcome, said
from tui.model.queues import DISAGREEMENT
from tui.model.undoing import Undoing


class Adjudicating(Undoing):
    def side_with(self, whose: str) -> Outcome:
        """End the conflict on the row shown as one of its annotators decided, named by number or name, and go
        on. Raises UsageError for a name that is not among them."""
        row = self.place.row
        if row is None:
            return NOTHING
        if not self.adjudicating:
            return Outcome(f"only in the queue {DISAGREEMENT}")
        sides = self.team.sides(row)
        named = {str(number): d for number, d in enumerate(sides, start=1)} | {d.annotator: d for d in sides}
        chosen = named.get(whose.strip())
        if chosen is None:
            raise UsageError(f"{whose!r} has no side here", f"type one of {', '.join(named)}")
        decision = self._write(
            chosen.example_id,
            chosen.verdict,
            labels=tuple(dict.fromkeys([*chosen.labels, ADJUDICATED])),
            messages=chosen.messages,
            reason=chosen.reason,
        )
        self._advance()
        return Outcome(f"{said(decision)}, as {chosen.annotator} would", decision)
