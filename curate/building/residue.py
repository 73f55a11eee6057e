"""PII residue: what the recipe's own scanner still finds in a version that should hold none of it.

The scanner goes over the rows as they were written: every message but the recipe's system prompt, tool calls,
metadata and tags. It finds nothing where redaction did its work: neither a placeholder nor a realistic
stand-in is a finding to it. What a reviewer called no personal data was left by their word, and so many
findings of its row and type are none. Rows are made Examples where a look at their bytes does not rule all
types out. Large versions are scanned in a pool of processes, a row group each.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from curate.flow.processes import context
from curate.pii.engine import action, make_sieve
from curate.pii.redaction import Redaction
from curate.stages.pii import Pii as Stage
from curate.version import SPLITS, DatasetVersion
from schemas.recipe import Pii
from schemas.statement import NOT_PII

if TYPE_CHECKING:
    import pyarrow as pa

# Fewer rows are done before a pool of processes has started: of such as a look at bytes rules out mostly, and
# of such as an NER model reads, every one.
POOL_ROWS, POOL_ROWS_READ = 262_144, 16_384

Left = dict[str, list[str]]
Spared = Mapping[tuple[str, str], int]  # findings left by a reviewer's word, by example and type
Piece = tuple[Path, int]


def pii_residue(settings: Pii, version: DatasetVersion, root: Path, jobs: int | None = None) -> Left:
    """Ids of the examples that still hold a type that was to be redacted or dropped, by type, in the order of
    the files."""
    few = POOL_ROWS if settings.ner is None else POOL_ROWS_READ
    workers = (jobs or os.cpu_count() or 1) if version.manifest.kept >= few else 1
    left: Left = defaultdict(list)
    with _scans(workers, list(_pieces(version)), settings, root, _spared(version)) as found:
        for part in found:
            for entity, ids in part.items():
                left[entity] += ids
    return dict(left)


@contextmanager
def _scans(
    workers: int, pieces: list[Piece], settings: Pii, root: Path, spared: Spared
) -> Iterator[Iterable[Left]]:
    scan = partial(_scan, settings, root, spared)
    if workers == 1:
        yield map(scan, pieces)
        return
    with ProcessPoolExecutor(workers, mp_context=context("spawn")) as pool:
        yield pool.map(scan, pieces)


def _spared(version: DatasetVersion) -> Spared:
    from schemas.arrow import event_of

    kept = version.read(
        "ledger.parquet", filters=[("stage", "=", Stage.name), ("action", "=", "kept_by_review")]
    )
    spared: Counter[tuple[str, str]] = Counter()
    for event in map(event_of, kept.to_pylist()):
        kind, _, entity = event.reason.partition(":")
        if kind == NOT_PII:
            places = len(event.detail["spans"]) + sum(event.detail.get("elsewhere", {}).values())
            spared[event.example_id, entity] += places
    return spared


def _pieces(version: DatasetVersion) -> Iterator[Piece]:
    """Every row group of the version: its file and its number there."""
    import pyarrow.parquet as pq

    for split in SPLITS:
        path = version.path / f"data/{split}.parquet"
        with pq.ParquetFile(path) as file:
            yield from ((path, group) for group in range(file.num_row_groups))


def _scan(settings: Pii, root: Path, spared: Spared, piece: Piece) -> Left:
    """What one row group still holds. The recipe's system prompt is left out: it is the user's own text."""
    import pyarrow.parquet as pq

    from schemas.arrow import example_of

    path, group = piece
    with pq.ParquetFile(path) as file:
        rows = file.read_row_group(group)
    suspect = np.flatnonzero(~Stage(settings, root).untouched(_without_system(rows)))
    scan = make_sieve(settings, root).scan
    left: Left = defaultdict(list)
    for fields in rows.take(suspect).to_pylist():
        row = example_of(fields)
        row = replace(row, messages=row.turns)
        for entity, found in Redaction(row, scan, lambda _: False).found.items():
            places = len(found.spans) + sum(found.elsewhere.values())
            removed = action(settings, entity) in ("redact", "drop")
            if removed and places > spared.get((row.example_id, entity), 0):
                left[entity].append(row.example_id)
    return dict(left)


def _without_system(rows: "pa.Table") -> "pa.Table":
    """What is scanned of rows as they were written, as the scanner takes it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from schemas.row_table import MESSAGE

    messages = pa.concat_arrays(rows.column("messages").chunks)
    spoken = messages.flatten()
    kept = pc.not_equal(pc.struct_field(spoken, "role"), "system")
    ends = np.append(0, np.cumsum(kept.to_numpy(zero_copy_only=False)))
    ends = ends[np.append(0, np.cumsum(messages.value_lengths().to_numpy()))]
    said = spoken.filter(kept)
    absent = pa.nulls(len(said), pa.string())
    names = {field.name for field in said.type}
    columns = [pc.struct_field(said, f.name) if f.name in names else absent for f in MESSAGE]
    turns = pa.ListArray.from_arrays(
        pa.array(ends, pa.int32()), pa.StructArray.from_arrays(columns, fields=list(MESSAGE))
    )
    return rows.select(["tags", "metadata"]).append_column("messages", turns)
