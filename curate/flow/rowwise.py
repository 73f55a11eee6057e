"""Row stages over a Table: what a row's key was answered before is taken from the cache, the rest is run.

The first row stage keeps the content of every row that stays: by then personal data is redacted, so that
from here on no build needs the raw text of a row whose key it knows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from curate.flow.cache import StageCache
from curate.flow.engine import Engine, Task
from curate.flow.entry import NO_EVENTS, Entry, Verdict
from curate.flow.keys import Ints, digest, places
from curate.flow.table import Provider, Table

_MOST_KEPT = 4  # times the rows of a part: more answers than that and the oldest are given up


@dataclass(slots=True)
class _Asked:
    """A part at a stage: its rows, and where in `entry` the answer for each stands (-1: nowhere yet)."""

    part: int
    at: Ints
    cache_key: str
    entry: Entry | None
    found: Ints

    @property
    def missing(self) -> Ints:
        return np.flatnonzero(self.found < 0)


def run_rowwise(
    table: Table,
    step_key: str,
    stage: int,
    engine: Engine,
    *,
    keep_all: bool,
    advance: Callable[[int], None],
) -> list[pa.Table]:
    """Runs the engine's row stage of that number; returns the events in the rows' order."""
    asked = [_ask(table, part, step_key, keep_all) for part in range(len(table.stretches))]
    missing = sum(len(a.missing) for a in asked)
    answers = engine.run(stage, _tasks(table, asked, keep_all), missing)
    events = []
    for ask in asked:
        if len(ask.missing):
            _add(ask, next(answers), table)
            table.cache.keep_tables(ask.cache_key, _entry(ask).tables())
        events.append(_settle(table, ask))
        advance(len(ask.at))
    return events


def _ask(table: Table, part: int, step_key: str, keep_all: bool) -> _Asked:
    at = table.positions(part)
    key = entry_key(step_key, table.stretches[part].id, keep_all)
    stored = table.cache.tables(key)
    entry = Entry.of_tables(stored) if stored is not None else None
    keys = table.keys[at]
    return _Asked(part, at, key, entry, places(entry.keys, keys) if entry else np.full(len(at), -1))


def entry_key(step_key: str, part_id: str, keep_all: bool) -> str:
    """Where the answers of a step for the rows of a part are kept."""
    return digest([b"rows", step_key.encode(), part_id.encode(), bytes([keep_all])])


def _tasks(table: Table, asked: list[_Asked], keep_all: bool) -> Iterator[Task]:
    for ask in asked:
        if len(ask.missing):
            at = ask.at[ask.missing]
            yield Task(table.contents(ask.part, at), table.keys[at], keep_all)


def _add(ask: _Asked, answer: Entry, table: Table) -> None:
    missing = ask.missing
    before = ask.entry
    if before is not None and len(before.keys) + len(missing) > _MOST_KEPT * len(ask.at):
        before = before.only(ask.found[ask.found >= 0])
        ask.found = places(before.keys, table.keys[ask.at])
    start = len(before.keys) if before else 0
    ask.entry = before.joined(answer) if before else answer
    ask.found[missing] = start + np.arange(len(missing))


def _entry(ask: _Asked) -> Entry:
    assert ask.entry is not None
    return ask.entry


def _settle(table: Table, ask: _Asked) -> pa.Table:
    """Takes the answers over into the table; returns the events about its rows, in their order."""
    if not len(ask.at):
        return NO_EVENTS
    entry = _entry(ask)
    verdicts = entry.verdicts[ask.found]
    content = np.full(len(entry.keys), -1, dtype=np.int64)
    content[entry.contents.column("row").to_numpy()] = np.arange(entry.contents.num_rows)
    index = content[ask.found]
    has = np.flatnonzero(index >= 0)
    if len(has):
        keys = entry.content_keys()[index[has]]
        table.point(ask.part, ask.at[has], _provider(table.cache, ask.cache_key), index[has], keys)
    events = entry.events_of(ask.found)
    table.drop(ask.at[verdicts == Verdict.DROPPED])
    ask.entry = None
    return events


def _provider(cache: StageCache, key: str) -> Provider:
    def contents(index: Ints) -> pa.Table:
        tables = cache.tables(key)
        if tables is None:
            raise FileNotFoundError(f"the build's cache lost {key} while it was in use")
        return tables[2].take(pa.array(index))

    return contents
