"""One annotator's decisions in force, and what undo and redo would do: a replay of the journal's rows.

Nothing here is kept elsewhere, so undo and redo work after a restart as if there had been none. A decision
that repeats the one just undone is its redo; any other decision ends what could be redone.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from schemas.decision import ADJUDICATED, Decision


class History:
    """`done` are the decisions not undone, oldest first; `undone` what redo brings back, the last first."""

    def __init__(self, annotator: str, decisions: Iterable[Decision] = ()) -> None:
        self.annotator = annotator
        self.done: list[Decision] = []
        self.undone: list[Decision] = []
        self._by_example: dict[str, list[Decision]] = {}
        self._by_day: Counter[date] = Counter()
        for decision in decisions:
            self.apply(decision)

    def apply(self, decision: Decision) -> None:
        """Take in one row of the journal; rows of other annotators are left alone."""
        if decision.annotator != self.annotator:
            return
        if decision.undoes is not None:
            self._undo(decision.undoes)
            return
        if self.undone and _same(self.undone[-1], decision):
            self.undone.pop()
        else:
            self.undone.clear()
        self.done.append(decision)
        self._by_example.setdefault(decision.example_id, []).append(decision)
        self._count(decision, 1)

    def current(self, example_id: str) -> Decision | None:
        """The decision in force on this example; a skip only where nothing else was decided."""
        stack = self._by_example.get(example_id, [])
        decided = [d for d in stack if d.verdict != "skip"]
        known = decided or stack
        return known[-1] if known else None

    def flagged(self, example_id: str) -> Decision | None:
        """The latest decision in force that carries a label, other than that of an adjudication."""
        stack = self._by_example.get(example_id, [])
        return next((d for d in reversed(stack) if set(d.labels) - {ADJUDICATED}), None)

    def examples(self) -> list[str]:
        """Every example with a decision or skip in force."""
        return [example_id for example_id, stack in self._by_example.items() if stack]

    def decided_on(self, day: date) -> int:
        """Decisions of that local day that are in force, skips left out."""
        return self._by_day[day]

    def _undo(self, seq: int) -> None:
        found = next((d for d in reversed(self.done) if d.seq == seq), None)
        if found is None:
            return
        self.done.remove(found)
        self._by_example[found.example_id].remove(found)
        self.undone.append(found)
        self._count(found, -1)

    def _count(self, decision: Decision, change: int) -> None:
        if decision.verdict != "skip":
            self._by_day[_local_day(decision)] += change


def _local_day(decision: Decision) -> date:
    return datetime.fromisoformat(decision.decided_at).astimezone().date()


def _same(one: Decision, other: Decision) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("example_id", "verdict", "labels", "messages", "reason", "note")
    )
