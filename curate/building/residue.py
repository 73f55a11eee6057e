"""PII residue: what the recipe's own scanner still finds in a version that should hold none of it.

The scanner goes over the rows as they were written: every message but the recipe's system prompt, tool calls,
metadata and tags. It finds nothing where redaction did its work: neither a placeholder nor a realistic
stand-in is a finding to it. What a reviewer called no personal data was left by their word, and so many
findings of its row and type are none. Large versions are scanned in a pool of processes, a row group each.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from curate.flow.processes import context
from curate.pii.engine import action, make_scanner
from curate.pii.redaction import Redaction
from curate.stages.pii import Pii as Stage
from curate.version import SPLITS, DatasetVersion
from schemas.recipe import Pii
from schemas.statement import NOT_PII

POOL_ROWS = 16_384  # fewer rows are done before a pool of processes has started

Left = dict[str, list[str]]
Spared = Mapping[tuple[str, str], int]  # findings left by a reviewer's word, by example and type
Piece = tuple[Path, int]


def pii_residue(settings: Pii, version: DatasetVersion, root: Path, jobs: int | None = None) -> Left:
    """Ids of the examples that still hold a type that was to be redacted or dropped, by type, in the order of
    the files."""
    workers = (jobs or os.cpu_count() or 1) if version.manifest.kept >= POOL_ROWS else 1
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
    scanner = make_scanner(settings, root)
    left: Left = defaultdict(list)
    with pq.ParquetFile(path) as file:
        rows = file.read_row_group(group).to_pylist()
    for fields in rows:
        row = example_of(fields)
        row = replace(row, messages=tuple(m for m in row.messages if m.role != "system"))
        for entity, found in Redaction(row, scanner, lambda _: False).found.items():
            places = len(found.spans) + sum(found.elsewhere.values())
            removed = action(settings, entity) in ("redact", "drop")
            if removed and places > spared.get((row.example_id, entity), 0):
                left[entity].append(row.example_id)
    return dict(left)
