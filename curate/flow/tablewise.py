"""Table stages over a Table: an answer is taken over where the rows are those of an earlier build, or worked
out for the clusters of rows in which something changed.
"""

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import cast

import numpy as np

from curate.flow.accounts import lost, placed, unplaced
from curate.flow.engine import is_light
from curate.flow.keys import digest
from curate.flow.row_notes import RowNotes
from curate.flow.row_states import RowStates, add_marks, marks_of
from curate.flow.table import Table, View
from curate.flow.table_answer import Answer, KeptAnswer
from schemas.arrays import Bools, Ints
from schemas.arrow import ledger_table
from schemas.ledger import Event
from schemas.stage import ClusteredStage, Delta, TableStage

_MOST_TOUCHED = 2  # one row in so many; where more are, all are asked about


class Tablewise:
    """One table stage over one table. `step_key` is that of its step."""

    def __init__(self, table: Table, stage: TableStage, step_key: str) -> None:
        self._table = table
        self._stage = stage
        self._clustered = cast(ClusteredStage, stage) if hasattr(stage, "tied") else None
        self._step_key = step_key
        self._notes = self._clustered.notes() if self._clustered is not None else {}

    def run(self) -> Answer:
        """Asks the stage as far as it must be asked, and carries its answer out."""
        view = View(self._table)
        if is_light(self._stage):  # and to tell whether the rows are those of an earlier build costs more
            return self._anew(view)
        # What clusters do not need is the same rows in all.
        states = self._states(view) if self._clustered else RowStates.none()
        notes = RowNotes.of(self._table.ids, view.at, self._notes)
        known = [states.facts().encode(), notes.facts().encode()] if self._clustered else self._table.facts()
        facts = digest(known)
        name = digest([b"table", self._step_key.encode(), b"" if self._clustered else facts.encode()])
        kept = KeptAnswer.of(self._table.cache, name)
        if kept is not None and kept.facts == facts and kept.states.same(states):
            self._table.apply(kept.answer.delta, view.at)
            return kept.answer
        delta: Delta | None = None
        answer = self._carried(kept, states, notes, view) if kept is not None and self._clustered else None
        if answer is None:
            delta, answer = self._asked(view)
            view.keep_memos()
        if delta is None or (delta.lasting and not delta.replaced):
            found = KeptAnswer(facts, states, notes, answer)
            self._table.cache.soon(partial(found.keep, self._table.cache, name))
        self._table.apply(answer.delta if delta is None else delta, view.at)
        return answer

    def _anew(self, view: View) -> Answer:
        delta, answer = self._asked(view)
        self._table.apply(delta, view.at)
        return answer

    def _asked(self, view: View) -> tuple[Delta, Answer]:
        delta = self._complete(self._stage(view), view.at)
        return delta, Answer.of(delta, ledger_table(delta.events))

    def _states(self, view: View) -> RowStates:
        """All that the stage may know of its rows, but for what it is told of them."""
        table = self._table
        marks = marks_of(table.groups[view.at], table.clusters[view.at])
        flagged = np.array(sorted(table.flags), np.int64)
        told = [f"flags {' '.join(table.flags[at])}" for at in flagged.tolist()]
        add_marks(marks, view.at, flagged, told)
        return RowStates(table.keys[view.at], marks)

    def _carried(self, before: KeptAnswer, states: RowStates, notes: RowNotes, view: View) -> Answer | None:
        """The answer before for clusters that are as they were, with what the stage says of the others. None
        where it must be asked about all rows."""
        ties = before.answer.ties
        to = before.states.now_in(states) if ties is not None else None
        if to is None or ties is None or len(to) != len(ties):
            return None
        touched = self._touched(to, view)
        if touched is None:
            return None
        touched |= before.notes.changed(notes, to, len(view))
        # With a row its cluster is touched, as one that went was in it.
        here = np.flatnonzero(to >= 0)
        broken = np.zeros(len(ties), dtype=bool)
        broken[ties[to < 0]] = True
        broken[ties[here[touched[to[here]]]]] = True
        touched[to[here[broken[ties[here]]]]] = True
        some = np.flatnonzero(touched)
        if len(some) * _MOST_TOUCHED > len(view):
            return None
        to[here[touched[to[here]]]] = -1
        part = View(self._table, view.at[some])
        _, answer = self._asked(part)
        part.keep_memos()
        return Answer.together([(before.answer, to), (answer, some)], len(view))

    def _touched(self, to: Ints, view: View) -> Bools | None:
        """The rows that are new, and those that they are tied to."""
        assert self._clustered is not None
        touched = np.ones(len(view), dtype=bool)
        touched[to[to >= 0]] = False
        if touched.any():
            tied = self._clustered.tied(view, np.flatnonzero(touched))
            if tied is None:
                return None
            touched[tied] = True
        return touched

    def _complete(self, delta: Delta, at: Ints) -> Delta:
        """The delta, every drop with its place. Raises GateError where a row goes without an event, or the
        other way round."""
        ids = self._table.ids[at[np.asarray(delta.dropped, dtype=np.int64)]]
        went = Counter(i.decode() for i in ids)
        said = Counter(e.example_id for e in delta.events if e.action == "dropped")
        if went != said:
            raise lost(self._stage.name, sorted((went - said) + (said - went)))
        gone = {self._table.ids[at[row]].decode(): int(at[row]) for row in delta.dropped}
        return replace(delta, events=[self._placed(event, gone) for event in delta.events])

    def _placed(self, event: Event, gone: dict[str, int]) -> Event:
        if not unplaced(event):
            return event
        (row,) = self._table.take(np.array([gone[event.example_id]]))
        return placed(event, row)
