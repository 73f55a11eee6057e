"""Row stages over a Table: what a row's key was answered before is taken from the cache, the rest is run.

The first row stage keeps the content of every row that stays: by then personal data is redacted, so that
from here on no build needs the raw text of a row whose key it knows.
"""

from collections import ChainMap, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock

import numpy as np
import pyarrow as pa

from curate.flow.answers import Answers, entry_key
from curate.flow.applying import applied, completed, spread
from curate.flow.engine import Engine, Task
from curate.flow.entry import NO_ENTRY, NO_EVENTS, Entry, Verdict
from curate.flow.features import FeatureStore
from curate.flow.keys import Keys, places
from curate.flow.table import Provider, Table
from curate.similarity.threads import ahead
from curate.sparing import Known
from schemas.arrays import Bools, Ints
from schemas.row_table import ROWS
from schemas.stage import MeasuringStage, Stage

_READERS = 2  # threads

Begun = Mapping[str, Future[None]]  # by the name of a part, done when what is answered is kept
NOTHING_BEGUN: Begun = {}


@dataclass(slots=True)
class _Asked:
    """A part at a stage: its rows, and where in `answers` that for each stands (-1: nowhere yet). `asked` are
    the places among the missing ones of rows that the stage is asked about, None for all; then `rows` are the
    contents of these, where they are needed again."""

    part: int
    at: Ints
    key: str
    answers: Answers
    found: Ints
    asked: Ints | None = None
    rows: pa.Table | None = None

    @property
    def missing(self) -> Ints:
        return np.flatnonzero(self.found < 0)


class Rowwise:
    """One row stage over one table. `keep_all` keeps the content of the rows that it leaves alone, too;
    `begun` are parts, by name, about which it is being asked already."""

    def __init__(
        self, table: Table, stage: Stage, step_key: str, begun: Begun = NOTHING_BEGUN, *, keep_all: bool
    ) -> None:
        self._table = table
        self._stage = stage
        self._step_key = step_key
        self._begun = begun
        self._keep_all = keep_all
        self._waiting: deque[_Asked] = deque()
        self._events: list[pa.Table] = [NO_EVENTS] * len(table.stretches)
        self._one_at_a_time = Lock()  # a stage is not for threads

    def run(self, engine: Engine, number: int, advance: Callable[[int], None]) -> list[pa.Table]:
        """`number` is the stage's in `engine`. Returns the events in the rows' order."""
        for entry in engine.run(number, self._tasks(advance)):
            asked = self._waiting.popleft()
            self._answered(asked, entry)
            advance(len(asked.at))
        return self._events

    def _looked_up(self, part: int) -> _Asked:
        """What is known of the rows of a part, when it is no longer being asked about."""
        name = self._table.stretches[part].id
        if name in self._begun:
            self._begun[name].result()
        key = entry_key(self._step_key, name, self._keep_all)
        answers, at = Answers.of(self._table.cache, key), self._table.positions(part)
        found = places(answers.keys, self._table.keys[at])
        if answers.full and (found < 0).any():
            answers, found = Answers(), np.full(len(at), -1)
        return _Asked(part, at, key, answers, found)

    def _tasks(self, advance: Callable[[int], None]) -> Iterator[Task]:
        """The rows that are to be run, part by part; a part that is known is settled on the way."""
        table = self._table
        for asked in ahead(self._looked_up, range(len(table.stretches)), threads=_READERS):
            missing = asked.at[asked.missing]
            known = self._known(asked.part, missing)
            left = self._left(known)
            asked.asked = None if left is None else np.flatnonzero(~left)
            at = missing if left is None else missing[~left]
            if len(at):
                self._waiting.append(asked)
                rows = table.contents(asked.part, at)
                asked.rows = rows if self._keep_all and left is None else None
                yield Task(rows, table.keys[at], () if left is not None else known, left is not None)
                continue
            if len(missing):
                self._answered(asked, NO_ENTRY)
            else:
                self._settle(asked)
            advance(len(asked.at))

    def _known(self, part: int, at: Ints) -> Known:
        """The stage's measures of these rows, as far as they are known."""
        if not isinstance(self._stage, MeasuringStage) or not len(at):
            return ()
        name, keys = self._table.stretches[part].id, self._table.keys[at]
        return [self._table.features.known(measure, name, keys) for measure in self._stage.measures()]

    def _left(self, known: Known) -> Bools | None:
        """Rows that the stage leaves alone by what is known of them; None where that is not enough to say."""
        arrays = [dict(one) for one in known if one is not None]
        if not isinstance(self._stage, MeasuringStage) or not known or len(arrays) < len(known):
            return None
        return self._stage.spared(ChainMap(*arrays))

    def _answered(self, asked: _Asked, entry: Entry) -> None:
        """Keeps what the stage made of the missing rows, and takes it over."""
        table, missing = self._table, asked.missing
        at = asked.at[missing]
        keys = table.keys[at]
        keep_measured(table.features, self._stage, table.stretches[asked.part].id, entry, keys)
        if asked.asked is not None:
            entry = spread(entry, asked.asked, keys)
        if self._keep_all:
            rows = table.contents(asked.part, at) if asked.rows is None else asked.rows
            entry = completed(entry, rows)
        known = asked.answers
        asked.answers = known.with_entry(table.cache, asked.key, entry)
        asked.answers.keep(table.cache, asked.key)
        asked.found[missing] = len(known.keys) + np.arange(len(missing))
        self._settle(asked)

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
            again = self._again(before, self._table.keys[asked.at[has]], keys)
            contents = answers.contents(self._table.cache, rows, again)
            self._table.point(asked.part, asked.at[has], contents, np.arange(len(has)), keys)
        self._events[asked.part] = answers.events_of(found)
        self._table.drop(asked.at[answers.verdicts[found] == Verdict.DROPPED])

    def _again(self, before: Provider, keys_before: Keys, keys: Keys) -> Provider:
        """The stage's answers for rows that it was given before, for when they are lost."""

        def contents(index: Ints) -> pa.Table:
            rows = before(index)
            with self._one_at_a_time:
                entry = completed(applied(self._stage, rows, keys_before[index]), rows)
            if not np.array_equal(entry.content_keys(), keys[index]):
                raise AssertionError(f"stage {self._stage.name} answered the same rows in two ways")
            return entry.contents.select(ROWS.names)

        return contents


def keep_measured(features: FeatureStore, stage: Stage, part: str, entry: Entry, keys: Keys) -> None:
    """Keeps what the stage measured of rows of a part, which have these `keys`."""
    if isinstance(stage, MeasuringStage) and entry.measured:
        for measure, measured in zip(stage.measures(), entry.measured, strict=True):
            arrays = {name: measured.column(name).to_numpy() for name in measured.column_names}
            features.keep(measure, part, keys, arrays)


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
