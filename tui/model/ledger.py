"""What a version's ledger and duplicates say of one example, without reading either whole into Python."""

from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.stages.edits import Edits
from schemas.arrow import event_of
from schemas.errors import VersionError
from schemas.ledger import SIFTUNE, DuplicatePair, Event
from schemas.statement import NOT_A_DUPLICATE, NOT_PII
from tui.model.id_index import IdIndex
from tui.model.mapped import Mapped


class LedgerView:
    """`ledger.parquet` and `duplicates.parquet` of one version's folder; a `blind` one tells of filters
    alone, as if there had been no review. Raises VersionError when read."""

    def __init__(self, version_path: Path, *, blind: bool = False, mapped: Mapped | None = None) -> None:
        self._path = version_path
        self._blind = blind
        self._mapped = mapped

    def lay_out(self) -> None:
        """What is large, before the screen opens and nothing can be said any more."""
        for name in ("_ledger", "_duplicates"):
            with suppress(VersionError):  # said where it is asked for
                getattr(self, name)

    def events(self, example_id: str) -> list[Event]:
        """What happened to this example, oldest first."""
        rows = self._ledger.take(self._event_rows.rows(example_id))
        events = [event_of(row) for row in rows.to_pylist()]
        return _unreviewed(events) if self._blind else events

    def examples_with(self, column: str, part: str) -> pa.ChunkedArray:
        """Ids of the examples with an event whose `stage` or `reason`, by column, has these letters."""
        found = pc.match_substring(self._ledger[column], part, ignore_case=True)
        if self._blind:
            found = pc.and_(found, pc.not_equal(self._ledger["stage"], Edits.name))
        return self._ledger["example_id"].filter(found)

    def events_by(self, column: str) -> dict[str, int]:
        """Events by each `stage` or `reason`, by column."""
        table = self._ledger
        if self._blind:
            table = table.filter(pc.not_equal(table["stage"], Edits.name))
        return {row["values"]: row["counts"] for row in pc.value_counts(table[column]).to_pylist()}

    def stood_for(self, example_id: str) -> list[DuplicatePair]:
        """Duplicates that were dropped for this example."""
        rows = self._duplicates.take(self._pair_rows.rows(example_id))
        return [DuplicatePair(**row) for row in rows.to_pylist()]

    @cached_property
    def _event_rows(self) -> IdIndex:
        return IdIndex(self._ledger["example_id"])

    @cached_property
    def _pair_rows(self) -> IdIndex:
        return IdIndex(self._duplicates["kept_id"])

    @cached_property
    def _ledger(self) -> Any:
        return self._read("ledger.parquet")

    @cached_property
    def _duplicates(self) -> Any:
        return self._read("duplicates.parquet")

    def _read(self, name: str) -> Any:
        path = self._path / name
        try:
            if self._mapped is None:
                return pq.read_table(path, memory_map=True)
            rows = pq.read_metadata(path).num_rows
            return self._mapped.table(
                (self._path.name,), path, rows, lambda: pq.read_table(path, memory_map=True)
            )
        except (OSError, pa.ArrowInvalid) as error:
            raise VersionError(f"{path}: cannot be read ({error})", "run `curate build` again") from None


def _unreviewed(events: list[Event]) -> list[Event]:
    """What a filter found stays; that a reviewer held against it does not."""
    found = [event for event in events if event.stage != Edits.name]
    return [_unspoken(e) if e.action == "kept_by_review" else e for e in found]


def _unspoken(event: Event) -> Event:
    """As the filter found it, without what was said against it."""
    kind, colon, what = event.reason.partition(":")
    reason = f"pii{colon}{what}" if kind == NOT_PII else event.reason
    return replace(event, action="flagged", actor=SIFTUNE, reason=_FOUND.get(reason, reason))


_FOUND = {NOT_A_DUPLICATE: "near_duplicate"}
