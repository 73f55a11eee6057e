"""One annotator's decisions in force, and what undo and redo would do: a replay of the journal's rows.

Nothing here is kept elsewhere, so undo and redo work after a restart as if there had been none. A decision
that repeats the one just undone is its redo; any other decision ends what could be redone. What was decided
as one batch is undone and redone as one. A statement is undone as a decision is, and decides no example.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from itertools import takewhile

from schemas.decision import Decision
from tui.model.outcome import SECOND_LOOK


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
        if decision.statement is None:
            self._by_example.setdefault(decision.example_id, []).append(decision)
        self._count(decision, 1)

    def current(self, example_id: str) -> Decision | None:
        """The decision in force on this example; a skip only where nothing else was decided."""
        stack = self._by_example.get(example_id, [])
        decided = [d for d in stack if d.verdict != "skip"]
        known = decided or stack
        return known[-1] if known else None

    def latest(self, example_id: str) -> Decision | None:
        """What was written last on this example and not undone, a skip too."""
        stack = self._by_example.get(example_id)
        return stack[-1] if stack else None

    def flagged(self, example_id: str) -> Decision | None:
        """The latest decision in force that asks for a second look."""
        stack = self._by_example.get(example_id, [])
        return next((d for d in reversed(stack) if SECOND_LOOK in d.labels), None)

    @property
    def undoable(self) -> list[Decision]:
        """What one undo takes back, the latest first."""
        return _one_step(self.done)

    @property
    def redoable(self) -> list[Decision]:
        """What one redo brings back, in the order in which it was decided."""
        return _one_step(self.undone)

    def examples(self) -> list[str]:
        """Every example with a decision or skip in force."""
        return [example_id for example_id, stack in self._by_example.items() if stack]

    def decided_on(self, day: date) -> int:
        """Decisions of that local day that are in force, skips left out."""
        return self._by_day[day]

    def _undo(self, seq: int) -> None:
        at = next((i for i in range(len(self.done) - 1, -1, -1) if self.done[i].seq == seq), None)
        if at is None:
            return
        found = self.done.pop(at)
        if found.statement is None:
            self._by_example[found.example_id].remove(found)
        self.undone.append(found)
        self._count(found, -1)

    def _count(self, decision: Decision, change: int) -> None:
        if decision.verdict != "skip":
            self._by_day[_local_day(decision)] += change


def _one_step(decisions: list[Decision]) -> list[Decision]:
    """The last of `decisions`, with those before it of the same batch, from the last back."""
    if not decisions or decisions[-1].batch is None:
        return decisions[-1:]
    same = takewhile(lambda d: d.batch == decisions[-1].batch, reversed(decisions))
    return list(same)


def _local_day(decision: Decision) -> date:
    return datetime.fromisoformat(decision.decided_at).astimezone().date()


def _same(one: Decision, other: Decision) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("example_id", "verdict", "labels", "messages", "reason", "note")
    )
