"""Table stages over a Table: an answer is taken over where the rows are those of an earlier build, or worked
out for the clusters of rows in which something changed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import cast

import numpy as np
import numpy.typing as npt

from curate.flow.accounts import lost, placed, unplaced
from curate.flow.keys import Ids, Ints, Keys, digest, places
from curate.flow.table import Table, View
from curate.flow.table_answer import Answer, KeptAnswer, kept_of
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
        notes = self._clustered.notes() if self._clustered is not None else {}
        self._notes = {example_id.encode(): note for example_id, note in sorted(notes.items())}

    def run(self) -> Answer:
        """Asks the stage as far as it must be asked, and carries its answer out."""
        view = View(self._table)
        facts = digest([*self._table.facts(), *chain.from_iterable(self._told())])
        # What clusters do not need is the same rows in all.
        name = digest([b"table", self._step_key.encode(), b"" if self._clustered else facts.encode()])
        kept = KeptAnswer.of(self._table.cache, name)
        if kept is not None and kept.facts == facts:
            self._table.apply(kept.answer.delta, view.at)
            return kept.answer
        delta: Delta | None = None
        answer = self._carried(kept, view) if kept is not None and self._clustered else None
        if answer is None:
            delta, answer = self._asked(view)
            view.keep_memos()
        if delta is None or (delta.lasting and not delta.replaced):
            keys = self._keys(view) if answer.ties is not None else None
            kept_of(facts, keys, answer).keep(self._table.cache, name)
        self._table.apply(answer.delta if delta is None else delta, view.at)
        return answer

    def _asked(self, view: View) -> tuple[Delta, Answer]:
        delta = self._complete(self._stage(view), view.at)
        return delta, Answer.of(delta, ledger_table(delta.events))

    def _keys(self, view: View) -> Keys | None:
        """The keys of the rows, where these are all that the stage may know of them."""
        table = self._table
        more = (table.groups[view.at] != b"").any() or (table.clusters[view.at] != b"").any()
        flagged = any(table.alive[at] for at in table.flags)
        return None if more or flagged else self._noted(table.keys[view.at], table.ids[view.at])

    def _noted(self, keys: Keys, ids: Ids) -> Keys:
        """The keys, those of rows that the stage is told something of being others."""
        named = np.flatnonzero(np.isin(ids, list(self._notes))) if self._notes else ()
        keys = keys.copy() if len(named) else keys
        for row in named:
            keys[row] = digest([keys[row], self._notes[ids[row]].encode()]).encode()
        return keys

    def _told(self) -> Iterator[tuple[bytes, bytes]]:
        yield from ((example_id, note.encode()) for example_id, note in self._notes.items())

    def _carried(self, before: KeptAnswer, view: View) -> Answer | None:
        """The answer before for clusters that are as they were, with what the stage says of the others. None
        where it must be asked about all rows."""
        assert self._clustered is not None
        keys, ties = self._keys(view), before.answer.ties
        to = now_at(before.keys, keys) if keys is not None else None
        if to is None or ties is None or len(to) != len(ties):
            return None
        new = np.ones(len(view), dtype=bool)
        new[to[to >= 0]] = False
        broken = np.zeros(len(ties), dtype=bool)
        broken[ties[to < 0]] = True
        touched = new.copy()
        touched[to[broken[ties] & (to >= 0)]] = True
        if new.any():
            reached = self._clustered.tied(view, np.flatnonzero(new))
            if reached is None:
                return None
            touched[reached] = True
        some = np.flatnonzero(touched)
        if len(some) * _MOST_TOUCHED > len(view):
            return None
        to[to >= 0] = np.where(touched[to[to >= 0]], -1, to[to >= 0])
        part = View(self._table, view.at[some])
        _, answer = self._asked(part)
        part.keep_memos()
        return Answer.together([(before.answer, to), (answer, some)], len(view))

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


def now_at(before: Keys, now: Keys) -> Ints | None:
    """Where each row of `before` is now, -1 where it is not; None where rows changed places."""
    most = min(len(before), len(now))
    start = _same(before[:most] == now[:most])
    end = _same((before[len(before) - most :] == now[len(now) - most :])[::-1][: most - start])
    to = np.arange(len(before))
    to[len(before) - end :] += len(now) - len(before)
    middle = places(now[start : len(now) - end], before[start : len(before) - end])
    to[start : len(before) - end] = np.where(middle >= 0, middle + start, -1)
    here = to[to >= 0]
    return to if (here[1:] > here[:-1]).all() else None


def _same(equal: npt.NDArray[np.bool_]) -> int:
    """How many are equal before the first that is not."""
    different = np.flatnonzero(~equal)
    return int(different[0]) if len(different) else len(equal)
