"""One annotator's decisions made before the review was opened, read from the journal by need: those on the
example shown, and the latest, which undo takes back."""

from bisect import bisect_left

import numpy as np

from curate.journal import Journal
from schemas.decision import Decision
from tui.model.past import Own
from tui.model.redo import decided

_AT_FIRST = 256  # decisions; then twice as many, and so on


class Before:
    def __init__(self, journal: Journal, annotator: str, own: Own) -> None:
        self._journal = journal
        self._annotator = annotator
        self._last = own.past.last
        self._own = own
        self.day = own.past.day
        self.today = own.today
        self._done = own.done.tolist()
        self._at_once = _AT_FIRST

    def __len__(self) -> int:
        """Decisions in force that were not taken from here yet."""
        return len(self._done)

    def on(self, example_id: str) -> list[Decision]:
        """All rows on one example, oldest first, undos too."""
        return self._up_to_opening(self._journal.decisions(example_id, self._annotator))

    def latest(self) -> list[Decision]:
        """Takes some of those in force, the latest that are left, oldest first."""
        some = self._done[-self._at_once :]
        del self._done[-self._at_once :]
        self._at_once *= 2
        wanted = set(some)
        return [decision for decision in self._since(some[0]) if decision.seq in wanted] if some else []

    def take(self, seq: int) -> bool:
        """Takes one of those in force, and says whether it was."""
        at = bisect_left(self._done, seq)
        if at == len(self._done) or self._done[at] != seq:
            return False
        del self._done[at]
        return True

    def undone(self) -> list[Decision]:
        """What redo would bring back, the last first behind: a replay from where nothing could be redone."""
        begin = self._nothing_undone()
        if begin is None:
            return []
        undone: list[Decision] = []
        rows = self._since(begin)
        known = {decision.seq: decision for decision in rows}
        gone = set(self._own.undoes[self._own.seqs < begin].tolist())
        for row in rows:
            if row.undoes is None:
                decided(undone, row)
                continue
            taken = known.get(row.undoes) or self._row(row.example_id, row.undoes)
            if taken is not None and taken.undoes is None and taken.seq not in gone:
                gone.add(taken.seq)
                undone.append(taken)
        return undone

    def _nothing_undone(self) -> int | None:
        """The seq of the last undo before which nothing could be redone, whatever it was that was decided;
        None where nothing can be redone by now. Each decision brings one back or ends all."""
        undos = np.flatnonzero(self._own.undoes)
        begin, could, before = None, 0, -1
        for at in undos.tolist():
            could = max(0, could - (at - before - 1))
            if not could:
                begin = at
            could, before = could + 1, at
        left = could - (len(self._own.undoes) - before - 1)
        return None if begin is None or left <= 0 else int(self._own.seqs[begin])

    def _row(self, example_id: str, seq: int) -> Decision | None:
        return next((row for row in self.on(example_id) if row.seq == seq), None)

    def _since(self, seq: int) -> list[Decision]:
        return self._up_to_opening(self._journal.decisions(annotator=self._annotator, after=seq - 1))

    def _up_to_opening(self, rows: list[Decision]) -> list[Decision]:
        return [row for row in rows if row.seq <= self._last]
