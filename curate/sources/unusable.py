"""Rows that cannot be used: which tables lose more of theirs than they may, and what can be done.

Blank rows and repeated headers hold nothing that could be lost, and are not counted.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.sources.described import by_reason
from curate.sources.mends import mends
from curate.sources.readers.csv_rows import HEADER_AGAIN
from curate.sources.rejected import ByReason
from curate.sources.rows import EMPTY_ROW
from schemas.errors import SourceError
from schemas.manifest import SourceCount
from schemas.recipe import Source

_SHOWN = 8  # tables
_NOTHING_LOST = (EMPTY_ROW, HEADER_AGAIN)


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What came of one table, and the file and source that it is of."""

    count: SourceCount
    rejected: ByReason
    path: Path | None
    source: Source

    @property
    def lost(self) -> int:
        rejected: int = self.count.rejected
        return rejected - self._blank

    @property
    def share(self) -> float:
        return self.lost / ((self.count.rows - self._blank) or 1)

    @property
    def _blank(self) -> int:
        return sum(found.count for reason, found in self.rejected.items() if reason in _NOTHING_LOST)

    def problem(self, limit: float) -> str:
        reasons = {name: r.count for name, r in self.rejected.items() if name not in _NOTHING_LOST}
        said = f"{self.count.path}: {self.lost:,} of {self.count.rows - self._blank:,} rows cannot be used"
        share = f", {100 * self.share:.3g}% where {100 * limit:.3g}% are allowed" if limit else ""
        return f"{said}{share}{by_reason(reasons)}"


def too_many_lost(tables: Iterable[ReadTable], limit: float) -> tuple[str, str] | None:
    """The tables that lose more than `limit` of their rows, first those that lose most, and how to mend them.
    None where none does. Raises SourceError."""
    bad = sorted((table for table in tables if table.share > limit), key=lambda table: -table.lost)
    if not bad:
        return None
    remedies = [m for t in bad for m in mends(t.rejected, t.count.rows, t.path, t.source).values()]
    remedies.append("`curate import --dry-run` shows such rows")
    allowed = math.ceil(100 * max(table.share for table in bad)) / 100
    if allowed < 1:
        remedies.append(f"`checks: {{max_rejected: {allowed:g}}}` in the recipe allows them")
    said = [table.problem(limit) for table in bad[:_SHOWN]]
    said += [f"and {len(bad) - _SHOWN:,} files more"] if len(bad) > _SHOWN else []
    return "\n       ".join(said), "; ".join(dict.fromkeys(remedies))


def check_any_used(tables: Sequence[ReadTable]) -> None:
    """Raises SourceError where there are rows, and no table has one that can be used."""
    lost = any(table.lost for table in tables) and all(t.count.rejected == t.count.rows for t in tables)
    if lost and (said := too_many_lost(tables, 0.0)):
        raise SourceError(*said)
