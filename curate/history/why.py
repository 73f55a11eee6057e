"""The story of one example inside a dataset version: where it came from and what each stage did to it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from curate.version import SPLITS, DatasetVersion
from schemas.canonical import to_json
from schemas.errors import UsageError
from schemas.example import Example
from schemas.ledger import SIFTUNE, DuplicatePair, Event, Reject

Place = tuple[str, int]
_DATA = tuple(f"data/{split}.parquet" for split in SPLITS)
_PLACES = ("source", "line", "kept_source", "kept_line", "matched_source", "matched_line")


@dataclass(frozen=True, slots=True)
class Story:
    """`places` are the `source, line` where these messages stand in the raw data; `example` is None when
    it was not kept. A raw row that could not be read has `reject` and nothing else. `named_by` are other
    rows' flags that name this one: the other side of a contradiction."""

    version: str
    example_id: str | None
    example: Example | None
    places: tuple[Place, ...]
    events: tuple[Event, ...]
    kept_instead: tuple[DuplicatePair, ...]
    stood_for: tuple[DuplicatePair, ...]
    reject: Reject | None = None
    named_by: tuple[Event, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        example = self.example
        about = ("split", "origin", "parent_id", "group_id", "cluster_id", "flags", "tags", "metadata")
        return {
            "version": self.version,
            "example_id": self.example_id,
            "kept": example is not None,
            **{name: getattr(example, name, None) for name in about},
            "messages": [m.to_dict() for m in example.messages] if example else None,
            "places": [{"source": s, "line": n} for s, n in self.places],
            "events": [asdict(e) for e in self.events],
            "kept_instead": [asdict(p) for p in self.kept_instead],
            "stood_for": [asdict(p) for p in self.stood_for],
            "named_by": [asdict(e) for e in self.named_by],
            "reject": asdict(self.reject) if self.reject else None,
        }


def tell(version: DatasetVersion, name: str) -> Story:
    """`name` is an id, a unique prefix of one, or `source:line`. Raises UsageError when it names nothing.

    Tables are filtered as they are read, so a story costs little memory in a version of any size.
    """
    place = _place(name)
    if place:
        for reject in version.rejects():
            if (reject.source, reject.line) == place:
                return Story(version.version, None, None, (place,), (), (), (), reject)
    example_id = _only(sorted(_ids_at(version, place) if place else _ids_like(version, name)), name, version)
    example = _example(version, example_id)
    events = _events(version, "example_id", example_id)
    pairs = _pairs(version, "dropped_id", example_id)
    return Story(
        version=version.version,
        example_id=example_id,
        example=example,
        places=tuple(_places(example, events, pairs)),
        events=events,
        kept_instead=pairs,
        stood_for=_pairs(version, "kept_id", example_id),
        named_by=tuple(e for e in _events(version, "matched_id", example_id) if e.action == "flagged"),
    )


def describe(event: Event) -> str:
    """One event in words."""
    words = [f"{event.stage}: {event.action}, {event.reason}"]
    if event.score is not None:
        limit = f", threshold {event.threshold:g}" if event.threshold is not None else ""
        words.append(f"(score {event.score:.3f}{limit})")
    if event.matched_id:
        place = _other_place(event)
        words.append(f"with {event.matched_id}" + (f" ({place})" if place else ""))
    if event.actor != SIFTUNE:
        words.append(f"by {event.actor}")
    details = {k: v for k, v in event.detail.items() if k not in _PLACES}
    known = "; ".join([*_graded(details), *(_in_words(*each) for each in details.items())])
    return " ".join(words) + (f": {known}" if known else "")


def _in_words(name: str, value: Any) -> str:
    """`rows 2`, `keep reviewed, priority`, `message 1, characters 123 to 153`, counted from 1."""
    if name == "message" and isinstance(value, int):
        return f"message {value + 1}"
    if name == "spans":
        return ", ".join(
            f"message {index + 1}, characters {start + 1} to {end}" for index, start, end in value
        )
    if isinstance(value, dict):
        said = ", ".join(f"{key} {to_json(each)}" for key, each in value.items())
    elif isinstance(value, list):
        said = ", ".join(each if isinstance(each, str) else to_json(each) for each in value)
    else:
        said = value if isinstance(value, str) else to_json(value)
    return f"{name.replace('_', ' ')} {said}"


def _graded(details: dict[str, Any]) -> list[str]:
    """A judge's scores and reasons in words, taken out of the details."""
    if not {"scores", "reasons"} <= details.keys():
        return []
    scores, reasons = details.pop("scores"), details.pop("reasons")
    return ["; ".join(f"{name} {score}: {reasons.get(name, '')}" for name, score in scores.items())]


def _other_place(event: Event) -> str | None:
    detail = event.detail
    for name in ("kept", "matched"):
        if f"{name}_source" in detail:
            return f"{detail[f'{name}_source']}:{detail[f'{name}_line']}"
    return None


def _place(name: str) -> Place | None:
    source, _, line = name.rpartition(":")
    return (source, int(line)) if source and line.isdigit() else None


def _only(found: list[str], name: str, version: DatasetVersion) -> str:
    if not name or not found:
        raise UsageError(
            f"{name!r} names no example of version {version.version}",
            "give an id, the start of one, or SOURCE:LINE of a raw row",
        )
    if len(found) > 1:
        raise UsageError(f"{name!r} fits {len(found)} examples", f"one of: {', '.join(found[:8])}")
    return found[0]


def _ids_like(version: DatasetVersion, prefix: str) -> set[str]:
    """Every id on record that begins so."""
    import pyarrow.compute as pc

    found: set[str] = set()
    for name in (*_DATA, "ledger.parquet"):
        ids = version.read(name, ["example_id"])["example_id"]
        found.update(ids.filter(pc.starts_with(ids, prefix)).unique().to_pylist())
    return found


def _ids_at(version: DatasetVersion, place: Place) -> set[str]:
    """Ids of the rows that stand at this place in the sources, kept or dropped."""
    import pyarrow.compute as pc

    source, line = place
    found: set[str] = set()
    for name in _DATA:
        kept = version.read(name, ["example_id"], [("source", "=", source), ("line", "=", line)])
        found.update(kept["example_id"].to_pylist())
    dropped = version.read("ledger.parquet", ["example_id", "detail"], [("action", "=", "dropped")])
    says_line = pc.match_substring(dropped["detail"], f'"line":{line}')
    for row in dropped.filter(says_line).to_pylist():
        detail = json.loads(row["detail"])
        if (detail.get("source"), detail.get("line")) == place:
            found.add(row["example_id"])
    return found


def _example(version: DatasetVersion, example_id: str) -> Example | None:
    from schemas.arrow import example_of

    for split, name in zip(SPLITS, _DATA, strict=True):
        for row in version.read(name, filters=[("example_id", "=", example_id)]).to_pylist():
            return example_of(row, split)
    return None


def _events(version: DatasetVersion, column: str, example_id: str) -> tuple[Event, ...]:
    from schemas.arrow import event_of

    table = version.read("ledger.parquet", filters=[(column, "=", example_id)])
    return tuple(event_of(row) for row in table.to_pylist())


def _pairs(version: DatasetVersion, column: str, example_id: str) -> tuple[DuplicatePair, ...]:
    table = version.read("duplicates.parquet", filters=[(column, "=", example_id)])
    return tuple(DuplicatePair(**row) for row in table.to_pylist())


def _places(
    example: Example | None, events: Iterable[Event], pairs: Iterable[DuplicatePair]
) -> dict[Place, None]:
    """Where the example stands in the sources: the row kept first, then the dropped ones."""
    found: dict[Place, None] = {}
    if example is not None:
        found[example.source, example.line] = None
    found.update({(pair.dropped_source, pair.dropped_line): None for pair in pairs})
    for event in events:
        if event.action == "dropped" and "source" in event.detail:
            found[event.detail["source"], event.detail["line"]] = None
    return found
