"""Row stages over a Table: what a row's key was answered before is taken from the cache, the rest is run.

The first row stage keeps the content of every row that stays: by then personal data is redacted, so that
from here on no build needs the raw text of a row whose key it knows.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from curate.flow.answers import Answers
from curate.flow.engine import Engine, Task
from curate.flow.entry import NO_EVENTS, Verdict, enter
from curate.flow.keys import Ints, Keys, digest, no_keys, places
from curate.flow.table import Provider, Table
from curate.similarity.threads import ahead
from schemas.row_table import ROWS, rows_of
from schemas.stage import Stage

_READERS = 2  # threads


@dataclass(slots=True)
class _Asked:
    """A part at a stage: its rows, and where in `answers` that for each stands (-1: nowhere yet)."""

    part: int
    at: Ints
    key: str
    answers: Answers
    found: Ints

    @property
    def missing(self) -> Ints:
        return np.flatnonzero(self.found < 0)


class Rowwise:
    """One row stage over one table. `keep_all` keeps the content of the rows that it leaves alone, too."""

    def __init__(self, table: Table, stage: Stage, step_key: str, *, keep_all: bool) -> None:
        self._table = table
        self._stage = stage
        self._step_key = step_key
        self._keep_all = keep_all
        self._waiting: deque[_Asked] = deque()
        self._events: list[pa.Table] = [NO_EVENTS] * len(table.stretches)

    def run(self, engine: Engine, number: int, advance: Callable[[int], None]) -> list[pa.Table]:
        """`number` is the stage's in `engine`. Returns the events in the rows' order."""
        for entry in engine.run(number, self._tasks(advance)):
            asked = self._waiting.popleft()
            missing = asked.missing
            known = asked.answers
            asked.answers = known.with_entry(self._table.cache, asked.key, entry)
            asked.answers.keep(self._table.cache, asked.key)
            asked.found[missing] = len(known.keys) + np.arange(len(missing))
            self._settle(asked)
            advance(len(asked.at))
        return self._events

    def _tasks(self, advance: Callable[[int], None]) -> Iterator[Task]:
        """The rows that are to be run, part by part; a part that is known is settled on the way."""
        table = self._table
        keys = [entry_key(self._step_key, stretch.id, self._keep_all) for stretch in table.stretches]
        kept = ahead(lambda key: Answers.of(table.cache, key), keys, threads=_READERS)
        for part, (key, answers) in enumerate(zip(keys, kept, strict=True)):
            asked = self._ask(part, key, answers)
            missing = asked.missing
            if len(missing):
                self._waiting.append(asked)
                at = asked.at[missing]
                yield Task(self._table.contents(part, at), self._table.keys[at], self._keep_all)
            else:
                self._settle(asked)
                advance(len(asked.at))

    def _ask(self, part: int, key: str, answers: Answers) -> _Asked:
        at = self._table.positions(part)
        found = places(answers.keys, self._table.keys[at])
        if answers.full and (found < 0).any():
            answers, found = Answers(), np.full(len(at), -1)
        return _Asked(part, at, key, answers, found)

    def _settle(self, asked: _Asked) -> None:
        """Takes the answers over into the table."""
        if not len(asked.at):
            return
        answers, found = asked.answers, asked.found
        has = np.flatnonzero(answers.files[found] >= 0)
        if len(has):
            before = self._table.provider(asked.part, asked.at[has])
            rows = found[has]
            keys = answers.content_keys[rows]
            contents = answers.contents(self._table.cache, rows, self._again(before, keys))
            self._table.point(asked.part, asked.at[has], contents, np.arange(len(has)), keys)
        self._events[asked.part] = answers.events_of(found)
        self._table.drop(asked.at[answers.verdicts[found] == Verdict.DROPPED])

    def _again(self, before: Provider, keys: Keys) -> Provider:
        """The stage's answers for rows that it was given before, for when they are lost."""

        def contents(index: Ints) -> pa.Table:
            entry = enter(self._stage, rows_of(before(index)), no_keys(), keep_all=True)
            if not np.array_equal(entry.content_keys(), keys[index]):
                raise AssertionError(f"stage {self._stage.name} answered the same rows in two ways")
            return entry.contents.select(ROWS.names)

        return contents


def entry_key(step_key: str, part_id: str, keep_all: bool) -> str:
    """Where the answers of a step for the rows of a part are kept."""
    return digest([b"rows", step_key.encode(), part_id.encode(), bytes([keep_all])])


def some_are_new(table: Table, step_key: str) -> bool:
    """Whether the first row step will have rows to run: of parts that no build knows, or of those that
    changed since they were read. Looks at no other part's answers."""
    for part, stretch in enumerate(table.stretches):
        key = entry_key(step_key, stretch.id, keep_all=True)
        if not table.cache.has(key):
            return True
        if len(stretch.providers) > 1:
            known = Answers.of(table.cache, key).keys
            if (places(known, table.keys[table.positions(part)]) < 0).any():
                return True
    return False
