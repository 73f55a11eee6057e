"""One batch of a file, read and normalised, in this process or another: its rows lie in a scratch file, and
features that will be asked of them are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from curate.flow.applying import applied, completed
from curate.flow.cache import StageCache
from curate.flow.entry import ids_in, keys_in
from curate.flow.features import FeatureStore, Rows
from curate.flow.keys import Ids, Keys, part_name, row_keys
from curate.flow.scratch import read_scratch, write_scratch
from curate.sources import ImportedBatch, LocatedFile, Piece, SoFar, import_piece
from curate.stages.normalise import Normalise
from schemas.arrays import Ints
from schemas.ledger import Reject
from schemas.manifest import SourceCount
from schemas.recipe import Recipe
from schemas.row_table import ROWS, rows_table
from schemas.stage import Feature


@dataclass(frozen=True, slots=True)
class BatchRead:
    """`rows_in` are examples before normalising; ids, keys and lines those of the rows after."""

    before: SoFar
    after: SoFar
    rows_in: int
    rejects: Sequence[Reject]
    count: SourceCount | None
    ids: Ids
    keys: Keys
    lines: Ints
    events: pa.Table


@dataclass(frozen=True, slots=True)
class Learning:
    """Features of the rows of a build, and the folder of the cache that takes them."""

    features: Sequence[Feature]
    folder: Path

    def each(self) -> "list[Learning]":
        """Every feature by itself."""
        return [replace(self, features=[feature]) for feature in self.features]

    def rows(self, path: Path, keys: Keys) -> None:
        """What is not known of rows that lie in a scratch file."""
        if len(keys):
            rows = Rows(part_name(keys), keys, lambda some: read_scratch(path).take(pa.array(some)))
            FeatureStore(StageCache(self.folder)).learn(self.features, rows)


def read_batch(batch: ImportedBatch, path: Path) -> BatchRead:
    """Normalises a batch; what stays of it goes to the scratch file."""
    rows = rows_table(batch.examples)
    entry = completed(applied(Normalise(), rows, row_keys(batch.examples)), rows)
    if batch.examples:
        write_scratch(entry.contents.select(ROWS.names), path)
    return BatchRead(
        batch.before,
        batch.after,
        len(batch.examples),
        batch.rejects,
        batch.count,
        ids_in(entry.contents),
        keys_in(entry.contents),
        entry.contents.column("line").to_numpy(),
        entry.events.drop_columns(["row"]),
    )


def read_piece(file: LocatedFile, recipe: Recipe, piece: Piece, path: Path, learning: Learning) -> BatchRead:
    """A piece of a file as a batch, and what is to be known of its rows."""
    found = read_batch(import_piece(file, recipe, piece), path)
    learning.rows(path, found.keys)
    return found
