"""What reading one file gave, as it is kept: keys, events, rejects, counts, and no text of an example."""

from dataclasses import asdict, dataclass
from typing import Self

import orjson
import pyarrow as pa

from curate.flow.keys import Ids, Keys
from curate.sources import SoFar
from curate.sparing import Arrays
from schemas.arrays import Ints
from schemas.canonical import to_json
from schemas.ledger import Reject
from schemas.manifest import SourceCount


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two batches of a file: how far it was read, and what there was of it by then."""

    so_far: SoFar
    parts: int
    rows_in: int
    events: int


@dataclass(frozen=True, slots=True)
class FileRead:
    """What one file gave. `rows_in` are examples before normalising, `sizes` the rows of each part after.
    `last` is where its last batch began, for files that can be read on from there."""

    sizes: list[int]
    ids: Ids
    keys: Keys
    lines: Ints
    rows_in: int
    events: pa.Table
    rejects: list[Reject]
    counts: list[SourceCount]
    last: Mark | None = None

    def arrays(self) -> Arrays:
        """Of each row."""
        return {"ids": self.ids, "keys": self.keys, "lines": self.lines}

    def tables(self) -> list[pa.Table]:
        """All else."""
        about = {
            "sizes": self.sizes,
            "rows_in": self.rows_in,
            "counts": [count.model_dump(mode="json") for count in self.counts],
            "last": asdict(self.last) if self.last else None,
        }
        rejects = [{name: getattr(r, name) for name in Reject.__slots__} for r in self.rejects]
        return [
            pa.table({"about": [to_json(about)]}),
            self.events,
            pa.table({"reject": pa.array([to_json(r) for r in rejects], pa.string())}),
        ]

    @classmethod
    def of(cls, tables: list[pa.Table], arrays: Arrays) -> Self:
        told, events, rejected = tables
        about = orjson.loads(told.column("about")[0].as_py())
        rejects = [Reject(**orjson.loads(text)) for text in rejected.column("reject").to_pylist()]
        counts = [SourceCount.model_validate(count) for count in about["counts"]]
        last = about["last"] and Mark(**{**about["last"], "so_far": SoFar(**about["last"]["so_far"])})
        return cls(
            about["sizes"],
            arrays["ids"],
            arrays["keys"],
            arrays["lines"],
            about["rows_in"],
            events,
            rejects,
            counts,
            last,
        )

    def up_to(self, mark: Mark) -> "FileRead":
        """What it had given at that mark; `counts` are to come."""
        rows = sum(self.sizes[: mark.parts])
        return FileRead(
            self.sizes[: mark.parts],
            self.ids[:rows],
            self.keys[:rows],
            self.lines[:rows],
            mark.rows_in,
            self.events.slice(0, mark.events),
            self.rejects[: mark.so_far.rejected],
            [],
        )
