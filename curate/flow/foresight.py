"""Row stages asked about rows while it is still being worked out which of these stay.

A table stage works in one process, and leaves workers with nothing to do. Meanwhile they ask the row stages
behind it about all rows that are what they were when they were read: what is answered is kept, and found when
its turn comes. Of a row that goes the answer is never asked for; of those that were read several times one is
looked at.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import numpy as np
import pyarrow as pa

from curate.flow.answers import Answers, entry_key
from curate.flow.applying import applied, completed
from curate.flow.cache import StageCache
from curate.flow.engine import Engine, adopted, is_light
from curate.flow.features import FeatureStore
from curate.flow.keys import Keys
from curate.flow.rowwise import NOTHING_BEGUN, Begun, keep_measured
from curate.flow.scratch import read_scratch
from curate.flow.step import Step
from curate.flow.table import Table
from curate.similarity.sets import numbered
from schemas.arrays import Ints
from schemas.row_table import ROWS
from schemas.stage import Stage


@dataclass(frozen=True, slots=True)
class Asking:
    """Row stages one after another, by their numbers in the engine and the keys of their steps; the cache in
    `folder` takes what they answer."""

    stages: Sequence[tuple[int, str]]
    folder: Path

    def __call__(self, path: Path, part: str, keys: Keys, some: Ints) -> None:
        """Some rows of the part in a scratch file, by their places in it; they have these `keys`."""
        cache, rows = StageCache(self.folder), read_scratch(path).take(pa.array(some))
        for number, (stage, step_key) in enumerate(self.stages):
            name = entry_key(step_key, part, keep_all=number == 0)
            if cache.has(name):
                return
            rows, keys = _answered(cache, adopted(stage), part, name, rows, keys, keep_all=number == 0)


def _answered(
    cache: StageCache, stage: Stage, part: str, name: str, rows: pa.Table, keys: Keys, *, keep_all: bool
) -> tuple[pa.Table, Keys]:
    """Keeps what the stage answers; the rows that it leaves, and their keys."""
    entry = applied(stage, rows, keys)
    keep_measured(FeatureStore(cache), stage, part, entry, keys)
    whole = completed(entry, rows)
    Answers().with_entry(cache, name, whole if keep_all else entry).keep(cache, name)
    return whole.contents.select(ROWS.names), whole.content_keys()


def foresee(table: Table, files: Sequence[Path | None], steps: Sequence[Step], workers: Engine) -> Begun:
    """Begins to ask the first row stages of `steps` about the rows of the table's parts, as far as these lie
    in files, which have them as they were read."""
    rowwise = [step for step in steps if step.stage.scope == "row"]
    first = steps.index(rowwise[0]) if rowwise else len(steps)
    light = list(takewhile(lambda step: step.stage.scope == "row" and is_light(step.stage), steps[first:]))
    if not light or not workers.pooled:
        return NOTHING_BEGUN
    asking = Asking([(rowwise.index(step), step.key) for step in light], table.cache.folder)
    alive = [table.positions(part) for part, file in enumerate(files) if file is not None]
    read = np.concatenate([np.empty(0, np.int64), *alive])
    once = np.sort(read[numbered(table.ids[read])[1]])
    begun: dict[str, Future[None]] = {}
    for part, (file, at) in enumerate(zip(files, table.in_parts(once), strict=True)):
        same = table.as_read(part, at)
        if file is not None and len(same):
            stretch = table.stretches[part]
            about = stretch.id, table.keys[same], same - stretch.first
            begun[stretch.id] = workers.soon(asking, file, *about)
    return begun
