"""The story of one example inside a dataset version: where it came from and what each stage did to it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from curate.version import DatasetVersion
from schemas.canonical import to_json
from schemas.errors import UsageError
from schemas.example import Example
from schemas.ledger import SIFTUNE, DuplicatePair, Event, Reject

Place = tuple[str, int]
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
    """`name` is an id, a unique prefix of one, or `source:line`. Raises UsageError when it names nothing."""
    place = _place(name)
    if place:
        for reject in version.rejects():
            if (reject.source, reject.line) == place:
                return Story(version.version, None, None, (place,), (), (), (), reject)
    kept = {e.example_id: e for e in version.examples()}
    events, pairs = version.events(), version.pairs()
    places = _places(kept.values(), events, pairs)
    found = sorted(i for i in places if (place in places[i] if place else i.startswith(name)))
    example_id = _only(found, name, version)
    return Story(
        version=version.version,
        example_id=example_id,
        example=kept.get(example_id),
        places=tuple(places[example_id]),
        events=tuple(e for e in events if e.example_id == example_id),
        kept_instead=tuple(p for p in pairs if p.dropped_id == example_id),
        stood_for=tuple(p for p in pairs if p.kept_id == example_id),
        named_by=tuple(e for e in events if e.matched_id == example_id and e.action == "flagged"),
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
    return " ".join(words) + (f"  {to_json(details)}" if details else "")


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


def _places(
    kept: Iterable[Example], events: list[Event], pairs: list[DuplicatePair]
) -> dict[str, list[Place]]:
    """Where each id stands in the sources: kept rows first, then dropped ones. Every id is a key."""
    found: dict[str, dict[Place, None]] = {}
    for example in kept:
        found.setdefault(example.example_id, {})[example.source, example.line] = None
    for pair in pairs:
        found.setdefault(pair.dropped_id, {})[pair.dropped_source, pair.dropped_line] = None
    for event in events:
        known = found.setdefault(event.example_id, {})
        if event.action == "dropped" and "source" in event.detail:
            known[event.detail["source"], event.detail["line"]] = None
    return {example_id: list(places) for example_id, places in found.items()}
