"""Lists of a version's dropped rows and flagged rows: where each stood, why, and what it was held against.

Only what the ledger says is listed, so never a text: what a stage removed is in no file of a version. Tables
are filtered as they are read, so a list costs memory for what it shows.
"""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from curate.version import SPLITS, DatasetVersion
from schemas.errors import UsageError
from schemas.ledger import Event

if TYPE_CHECKING:
    import pyarrow as pa

FLAGGING = ("flagged", "kept_by_review")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the sources, and its split where it was kept; `dropped` of one flagged before."""

    source: str
    line: int
    split: str | None = None

    def __str__(self) -> str:
        return f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, the place of its row and, where it names another row, that one's. None: not on record."""

    event: Event
    place: Place | None
    other: Place | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            **asdict(self.event),
            "source": self.place and self.place.source,
            "line": self.place and self.place.line,
            "matched_source": self.other and self.other.source,
            "matched_line": self.other and self.other.line,
        }


@dataclass(frozen=True, slots=True)
class Listing:
    """The first entries in the ledger's order, and how many there are in all."""

    entries: tuple[Entry, ...]
    total: int


def dropped(
    version: DatasetVersion, stage: str | None = None, reason: str | None = None, limit: int | None = None
) -> Listing:
    """Every row that a stage dropped. `reason` is one, or its part before the colon: `pii` for `pii:US_SSN`.

    Raises UsageError for a stage or reason that the version does not have.
    """
    if stage is not None:
        _known("stage", stage, [s.name for s in version.manifest.stages])
    table = _events(version, ("dropped",), stage, reason)
    return _listing(table, table.num_rows, limit, {})


def flagged(version: DatasetVersion, reason: str | None = None, limit: int | None = None) -> Listing:
    """Every row that was kept with a flag. Two rows that name each other, as the sides of a contradiction
    do, are one entry, also where a later stage dropped one of them."""
    import pyarrow as pa

    table = _events(version, FLAGGING, None, reason)
    gone = _gone(version)
    columns = (table[name].to_pylist() for name in ("reason", "example_id", "matched_id"))
    seen: set[object] = set()
    first: list[int] = []
    for at, (why, one, other) in enumerate(zip(*columns, strict=True)):
        pair = (why, frozenset((one, other))) if other else at
        left = one not in gone or (other and other not in gone)
        if left and pair not in seen:
            seen.add(pair)
            first.append(at)
    shown = table.take(pa.array(first[:limit], pa.int64()))
    ids = {*shown["example_id"].to_pylist(), *shown["matched_id"].drop_null().to_pylist()}
    known = {name: gone[name] for name in ids & gone.keys()}
    return _listing(shown, len(first), None, {**known, **places(version, ids)})


def _gone(version: DatasetVersion) -> dict[str, Place]:
    """Where the rows stand that were dropped, but for copies: a copy has the id of the row kept instead."""
    filters = [("action", "=", "dropped"), ("reason", "!=", "exact_duplicate")]
    table = version.read("ledger.parquet", ["example_id", "detail"], filters)
    found: dict[str, Place] = {}
    for name, text in zip(*(table[column].to_pylist() for column in table.column_names), strict=True):
        detail = json.loads(text)
        if "source" in detail:
            found[name] = Place(detail["source"], detail["line"], "dropped")
    return found


def places(version: DatasetVersion, ids: Iterable[str]) -> dict[str, Place]:
    """Where these examples stand, of those that were kept."""
    wanted = sorted(set(ids))
    found: dict[str, Place] = {}
    for split in SPLITS if wanted else ():
        columns = ["example_id", "source", "line"]
        table = version.read(f"data/{split}.parquet", columns, [("example_id", "in", wanted)])
        for row in table.to_pylist():
            found[row["example_id"]] = Place(row["source"], row["line"], split)
    return found


def counterpart(entry: Entry) -> str | None:
    """What the row was held against: the row kept instead, the benchmark's line, the listed words, the user's
    check."""
    event = entry.event
    if event.matched_id:
        return f"{event.matched_id} {entry.other}" if entry.other else event.matched_id
    if "benchmark" in event.detail:
        more = event.detail.get("hits", 1) - 1
        return f"{event.detail['benchmark']}:{event.detail['benchmark_line']}" + (
            f" and {more} more" if more else ""
        )
    if "words" in event.detail:
        return ", ".join(event.detail["words"])
    return event.detail.get("check")


def _events(
    version: DatasetVersion, actions: Sequence[str], stage: str | None, reason: str | None
) -> "pa.Table":
    import pyarrow.compute as pc

    filters: list[tuple[str, str, object]] = [("action", "in", list(actions))]
    if stage is not None:
        filters.append(("stage", "=", stage))
    table = version.read("ledger.parquet", filters=filters)
    if reason is None:
        return table
    names = table["reason"].unique().to_pylist()
    fitting = [name for name in names if reason in (name, name.partition(":")[0])]
    if not fitting:
        _known("reason", reason, sorted({*names, *(name.partition(":")[0] for name in names)}))
    return table.filter(pc.is_in(table["reason"], value_set=_strings(fitting)))


def _strings(values: Sequence[str]) -> "pa.Array":
    import pyarrow as pa

    return pa.array(values, pa.string())


def _listing(table: "pa.Table", total: int, limit: int | None, kept: Mapping[str, Place]) -> Listing:
    from schemas.arrow import event_of

    rows = table.slice(0, limit).to_pylist()
    return Listing(tuple(_entry(event_of(row), kept) for row in rows), total)


def _entry(event: Event, kept: Mapping[str, Place]) -> Entry:
    detail = event.detail
    place = kept.get(event.example_id)
    if place is None and "source" in detail:
        place = Place(detail["source"], detail["line"])
    other = kept.get(event.matched_id) if event.matched_id else None
    for name in ("kept", "matched"):
        if other is None and f"{name}_source" in detail:
            other = Place(detail[f"{name}_source"], detail[f"{name}_line"])
    return Entry(event, place, other)


def _known(kind: str, name: str, known: Sequence[str]) -> None:
    if name in known:
        return
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    mend = f"did you mean {nearest[0]!r}?" if nearest else f"there are: {', '.join(known) or 'none'}"
    raise UsageError(f"this version has no {kind} {name!r} here", mend)
