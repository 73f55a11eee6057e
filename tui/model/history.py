"""One annotator's decisions in force, and what undo and redo would do: a replay of the journal's rows.

Nothing here is kept elsewhere, so undo and redo work after a restart as if there had been none. A decision
that repeats the one just undone is its redo; any other decision ends what could be redone. What was decided
as one batch is undone and redone as one. A statement is undone as a decision is, and decides no example.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import takewhile
from typing import overload

from schemas.decision import Decision
from tui.model.before import Before
from tui.model.outcome import SECOND_LOOK
from tui.model.redo import decided


class Done(Sequence[Decision]):
    """Decisions in force, oldest first; those from before the opening are read when they are reached."""

    def __init__(self, before: Before | None = None) -> None:
        self._before = before
        self._read: list[Decision] = []

    def __len__(self) -> int:
        return self._left + len(self._read)

    @overload
    def __getitem__(self, at: int) -> Decision: ...
    @overload
    def __getitem__(self, at: slice) -> list[Decision]: ...
    def __getitem__(self, at: int | slice) -> Decision | list[Decision]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        while at < self._left:
            assert self._before is not None
            self._read[:0] = self._before.latest()
        return self._read[at - self._left]

    def append(self, decision: Decision) -> None:
        self._read.append(decision)

    def take(self, seq: int, example_id: str) -> Decision | None:
        """Takes one out; None where it is not in force."""
        at = next((i for i in range(len(self._read) - 1, -1, -1) if self._read[i].seq == seq), None)
        if at is not None:
            return self._read.pop(at)
        if self._before is None or not self._before.take(seq):
            return None
        return next(row for row in self._before.on(example_id) if row.seq == seq)

    @property
    def _left(self) -> int:
        return len(self._before) if self._before is not None else 0


class History:
    """`done` are the decisions not undone; `undone` what redo brings back, the last first."""

    def __init__(
        self, annotator: str, decisions: Iterable[Decision] = (), before: Before | None = None
    ) -> None:
        """`before` are those made before; `decisions` follow on them."""
        self.annotator = annotator
        self.done = Done(before)
        self.undone = before.undone() if before is not None else []
        self._before = before
        self._by_example: dict[str, list[Decision]] = {}
        self._by_day: Counter[date] = Counter({before.day: before.today} if before is not None else {})
        for decision in decisions:
            self.apply(decision)

    def apply(self, decision: Decision) -> None:
        """Take in one row of the journal; rows of other annotators are left alone."""
        if decision.annotator != self.annotator:
            return
        stack = self._on(decision.example_id)
        if decision.undoes is not None:
            self._undo(decision.undoes, stack, decision.example_id)
            return
        decided(self.undone, decision)
        self.done.append(decision)
        if decision.statement is None:
            stack.append(decision)
        self._count(decision, 1)

    def current(self, example_id: str) -> Decision | None:
        """The decision in force on this example; a skip only where nothing else was decided."""
        stack = self._on(example_id)
        said = [d for d in stack if d.verdict != "skip"]
        known = said or stack
        return known[-1] if known else None

    def latest(self, example_id: str) -> Decision | None:
        """What was written last on this example and not undone, a skip too."""
        stack = self._on(example_id)
        return stack[-1] if stack else None

    def flagged(self, example_id: str) -> Decision | None:
        """The latest decision in force that asks for a second look."""
        stack = self._on(example_id)
        return next((d for d in reversed(stack) if SECOND_LOOK in d.labels), None)

    def nothing_on(self, example_id: str) -> None:
        """It is known that no decision on this example is in force: the journal need not be asked."""
        self._by_example.setdefault(example_id, [])

    @property
    def undoable(self) -> list[Decision]:
        """What one undo takes back, the latest first."""
        return _one_step(self.done)

    @property
    def redoable(self) -> list[Decision]:
        """What one redo brings back, in the order in which it was decided."""
        return _one_step(self.undone)

    def examples(self) -> list[str]:
        """Every example of which a decision or skip in force was asked or made here."""
        return [example_id for example_id, stack in self._by_example.items() if stack]

    def since(self, moment: datetime) -> list[Decision]:
        """Decisions in force that followed on the last one from before that, oldest first."""
        new = takewhile(lambda d: datetime.fromisoformat(d.decided_at) >= moment, reversed(self.done))
        return list(new)[::-1]

    def decided_on(self, day: date) -> int:
        """Decisions of that local day that are in force, skips left out."""
        return self._by_day[day]

    def _on(self, example_id: str) -> list[Decision]:
        """Decisions in force on an example, oldest first; to be changed in place."""
        stack = self._by_example.get(example_id)
        if stack is None:
            rows = self._before.on(example_id) if self._before is not None else []
            gone = {row.undoes for row in rows}
            stack = [row for row in rows if row.undoes is None and row.seq not in gone and not row.statement]
            self._by_example[example_id] = stack
        return stack

    def _undo(self, seq: int, stack: list[Decision], example_id: str) -> None:
        found = self.done.take(seq, example_id)
        if found is None:
            return
        if found in stack:
            stack.remove(found)
        self.undone.append(found)
        self._count(found, -1)

    def _count(self, decision: Decision, change: int) -> None:
        if decision.verdict != "skip":
            self._by_day[_local_day(decision)] += change


def _one_step(decisions: Sequence[Decision]) -> list[Decision]:
    """The last of `decisions`, with those before it of the same batch, from the last back."""
    if not decisions or decisions[-1].batch is None:
        return list(decisions[-1:])
    same = takewhile(lambda d: d.batch == decisions[-1].batch, reversed(decisions))
    return list(same)


def _local_day(decision: Decision) -> date:
    return datetime.fromisoformat(decision.decided_at).astimezone().date()
