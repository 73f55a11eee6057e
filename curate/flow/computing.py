"""Features computed of some rows and kept: in this process or another one, whence only word comes that it is
done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from curate.flow.cache import StageCache
from curate.sparing import computed
from schemas.arrays import Ints
from schemas.stage import Feature

Done = Callable[[], object]  # waits


@dataclass(frozen=True, slots=True)
class Asked:
    """A feature of some rows of a table, or of all for None; `key` is that of its arrays in the cache."""

    feature: Feature
    rows: Ints | None
    key: str


@dataclass(frozen=True, slots=True)
class Computing:
    """What is asked of one table, whose schema is ROWS, and the folder of the cache that takes it."""

    asked: Sequence[Asked]
    folder: Path

    @property
    def name(self) -> str:
        """The same for the same features."""
        return " ".join(sorted(asked.feature.key for asked in self.asked))

    def __call__(self, table: pa.Table) -> None:
        cache = StageCache(self.folder)
        for asked in self.asked:
            rows = table if asked.rows is None else table.take(pa.array(asked.rows))
            cache.keep_arrays(asked.key, computed(asked.feature, rows))


Compute = Callable[[Computing, pa.Table], Done]


def here(computing: Computing, table: pa.Table) -> Done:
    """In this process, at once."""
    computing(table)
    return lambda: None
