"""The rows of a build on their way through the stages, and what the stages said of them."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.flow.accounts import count, lost
from curate.flow.as_read import AsRead
from curate.flow.cache import StageCache
from curate.flow.computing import here
from curate.flow.engine import POOL_ROWS, Engine
from curate.flow.entry import NO_EVENTS
from curate.flow.file_read import FileRead
from curate.flow.foresight import foresee
from curate.flow.keys import Ids, row_keys
from curate.flow.reading import Reading, parts_of
from curate.flow.rowwise import NOTHING_BEGUN, Begun, Rowwise, some_are_new
from curate.flow.step import Step
from curate.flow.table import Table, View, in_memory
from curate.flow.table_answer import PAIRS
from curate.flow.tablewise import Tablewise
from curate.progress import Advance, Say, stage_bar
from curate.stages.edits import REVIEW, REVIEWED, Edits
from curate.stages.normalise import Normalise
from schemas.arrow import ledger_table
from schemas.errors import GateError
from schemas.example import Example
from schemas.ledger import SIFTUNE, Event
from schemas.manifest import StageCount
from schemas.row_table import rows_table
from schemas.stage import MakingStage, Stage, TableStage

_APPLIED = pa.array([f"{by}{what}" for by in ("", f"{Edits.name}:") for what in (REVIEW, REVIEWED)])

_HEED_STATEMENTS = ("dedup", "pii")  # stages; their modules load more than counting needs


class Work:
    """`events` are the ledger in order, without `seq`."""

    def __init__(self, cache: StageCache, say: Say) -> None:
        self.table = Table(cache)
        self.events: list[pa.Table] = [NO_EVENTS]
        self._pairs: list[pa.Table] = [PAIRS.empty_table()]
        self.counts: list[StageCount] = []
        self.decisions_applied = 0
        self._say = say
        self._files: list[Path | None] = []  # in which parts lie as they were read
        self._begun: Begun = NOTHING_BEGUN

    @property
    def pairs(self) -> pa.Table:
        """Every duplicate with the row kept for it, as in `duplicates.parquet`."""
        return pa.concat_tables(self._pairs).drop_columns(["row"])

    def take(
        self, reading: Reading, files: Sequence[FileRead], seconds: float, steps: Sequence[Step] = ()
    ) -> None:
        """What was read, normalised on the way. `steps` are those to come."""
        first = next((step.key for step in steps if step.stage.scope == "row"), None)
        parts = list(parts_of(files))
        self.table.extend([(p.ids, p.keys, AsRead(reading, p, self.table.cache, first)) for p in parts])
        self._files = [reading.file_of(part) for part in parts]
        rows_in = sum(file.rows_in for file in files)
        if not rows_in:
            raise _no_rows("import", "look at the rejected rows above, or at the recipe's sources")
        self._settle(Normalise.name, rows_in, [file.events for file in files], seconds)

    def run(self, steps: Sequence[Step], workers: Engine) -> None:
        """`workers` are for the row stages of these steps."""
        rowwise = row_stages(steps)
        # What the row stages leave is kept on disk: no text may get there that pii is still to remove.
        assert "pii" not in [stage.name for stage in rowwise[1:]]
        workers.prepare()
        for step in steps:
            self._step(step, workers, rowwise)
            if step.stage.name == Edits.name and len(self.table) >= POOL_ROWS:
                first = next((step.key for step in steps if step.stage.scope == "row"), None)
                if first is not None and some_are_new(self.table, first):
                    workers.expect()
                    self._begun = foresee(self.table, self._files, steps, workers)

    def _step(self, step: Step, workers: Engine, rowwise: list[Stage]) -> None:
        stage = step.stage
        started = time.perf_counter()
        rows_in = len(self.table)
        created = 0
        with stage_bar(stage.name, rows_in) as advance:
            if stage.scope == "row":
                number = rowwise.index(stage)
                rowwise_stage = Rowwise(self.table, stage, step.key, self._begun, keep_all=number == 0)
                events = rowwise_stage.run(workers, number, advance)
            elif stage.scope == "table":
                self.table.features.together(step.features(rows_in), workers.compute)
                answer = Tablewise(self.table, cast(TableStage, stage), step.key).run()
                self.table.features.together((), here)
                self._pairs.append(answer.pairs)
                events = [answer.ledger]
                advance(rows_in)
            else:
                made, created = self._dataset_stage(cast(MakingStage, stage), advance)
                events = [made]
        self._settle(stage.name, rows_in, events, time.perf_counter() - started, created)
        if stage.name == Edits.name or stage.scope == "dataset":
            self.decisions_applied += _decided(events)
        elif stage.name in _HEED_STATEMENTS:
            self.decisions_applied += _stated(events)

    def _dataset_stage(self, stage: MakingStage, advance: Advance) -> tuple[pa.Table, int]:
        view = View(self.table)
        made = stage(view)
        first = len(self.table.ids)
        for batch in made.rows:
            self._children(batch)
        view.keep_memos()
        advance(len(view))
        _check_children(stage.name, made.events, self.table.ids[first:])
        return _events(made.events), sum(e.action == "created" for e in made.events)

    def _children(self, children: Sequence[Example]) -> None:
        if not children:
            return
        first = len(self.table.ids)
        plain = [replace(c, group_id=None, cluster_id=None, split=None) for c in children]
        contents = rows_table(plain)
        ids = np.array([c.example_id for c in children], self.table.ids.dtype)
        self.table.extend([(ids, row_keys(plain), in_memory(contents))])
        for position, child in enumerate(children, start=first):
            self.table.groups[position] = child.group_id or ""
            self.table.clusters[position] = child.cluster_id or ""
            self.table.splits[position] = child.split or ""

    def _settle(
        self, name: str, rows_in: int, events: Sequence[pa.Table], seconds: float, created: int = 0
    ) -> None:
        settled = count(name, rows_in, len(self.table), created, events, seconds)
        self.counts.append(settled)
        self.events.extend(events)
        self._say(_line(settled))
        if not len(self.table):
            raise _no_rows(name, f"every row was dropped: {_reasons(settled)}; loosen that stage")


def row_stages(steps: Sequence[Step]) -> list[Stage]:
    return [step.stage for step in steps if step.stage.scope == "row"]


def _decided(events: Sequence[pa.Table]) -> int:
    """Rows about which a reviewer's word was carried out. A stage that makes rows asks for theirs itself, and
    says so as `edits:…`."""
    applied = (t.filter(pc.is_in(t.column("reason"), value_set=_APPLIED)) for t in events)
    return len({i for t in applied for i in t.column("example_id").to_pylist()})


def _stated(events: Sequence[pa.Table]) -> int:
    """Rows on which a reviewer's statement was carried out: that two are no duplicates, that a value is or is
    not personal data. Their events have the reviewer as the actor."""
    applied = (t.filter(pc.not_equal(t.column("actor"), SIFTUNE)) for t in events)
    return len({i for t in applied for i in t.column("example_id").to_pylist()})


def _events(events: Sequence[Event]) -> pa.Table:
    return ledger_table(events).drop_columns(["seq"])


def _check_children(name: str, events: Sequence[Event], children: Ids) -> None:
    made = Counter(e.example_id for e in events if e.action == "created")
    went = Counter(e.example_id for e in events if e.action == "dropped")
    went.update(child.decode() for child in children.tolist())
    if made != went:
        raise lost(name, sorted((made - went) + (went - made)))


def _no_rows(stage: str, mend: str) -> GateError:
    return GateError(f"no rows left after {stage}", mend)


def _line(count: StageCount) -> str:
    parts = [f"{count.name:>14}  {count.rows_in:>7,} → {count.kept:>7,}"]
    if count.dropped:
        parts.append(f"dropped {_reasons(count)}")
    parts += [f"{word} {n:,}" for word in ("created", "edited", "flagged") if (n := getattr(count, word))]
    return "  ".join(parts)


def _reasons(count: StageCount) -> str:
    return ", ".join(f"{reason} {n:,}" for reason, n in count.dropped.items())
