"""What the stages of a large build found: personal data in one row of twenty, a duplicate of one in ten, a
contradiction of one in fifty."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from bench.terminal.ids import id_of
from curate.stages.dedup import CONTRADICTION, Dedup
from curate.stages.pii import Pii
from schemas import arrow
from schemas.ledger import DuplicatePair, Event

_PII, _DUPLICATE, _CONTRADICTION = 20, 10, 50


def write_findings(version: Path, rows: int) -> None:
    pq.write_table(arrow.ledger_table(list(_events(rows))), version / "ledger.parquet")
    pq.write_table(arrow.duplicates_table(list(_pairs(rows))), version / "duplicates.parquet")


def _pairs(rows: int) -> Iterator[DuplicatePair]:
    for i in range(0, rows, _DUPLICATE):
        yield DuplicatePair(
            kept_id=id_of(i),
            dropped_id=id_of(rows + i),
            jaccard=0.8 + i % 19 / 100 if i % 3 else 1.0,
            kind="near" if i % 3 else "exact",
            kept_source="raw/tickets-0.jsonl",
            kept_line=i + 1,
            dropped_source="raw/again.jsonl",
            dropped_line=i + 1,
        )


def _events(rows: int) -> Iterator[Event]:
    for i in range(0, rows, _DUPLICATE):
        yield Event(id_of(rows + i), Dedup.name, "dropped", "near_duplicate", 0.9, 0.8, id_of(i))
    for i in range(0, rows - 1, _CONTRADICTION):
        yield Event(id_of(i), Dedup.name, "flagged", CONTRADICTION, 0.9, 0.8, id_of(i + 1))
    for i in range(0, rows, _PII):
        detail = {"spans": [[0, 6, 12]], "recognisers": ["bench"]}
        yield Event(id_of(i), Pii.name, "flagged", "flagged:PHONE_NUMBER", 0.9, 0.5, detail=detail)
