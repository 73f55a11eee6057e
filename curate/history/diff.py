"""What changed between two dataset versions, example by example, with the reason and who decided."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from curate.version import DatasetVersion
from schemas.example import Example
from schemas.ledger import SIFTUNE, Action

Kind = Literal["added", "removed", "edited", "moved"]


@dataclass(frozen=True, slots=True)
class Change:
    """One example that differs. Splits are None where the example is absent; `reason` is `stage: reason`."""

    example_id: str
    kind: Kind
    split_before: str | None
    split_after: str | None
    reason: str
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """Changes from version `before` to version `after`, by kind, then id."""

    before: str
    after: str
    changes: tuple[Change, ...]

    def of(self, kind: Kind) -> list[Change]:
        return [c for c in self.changes if c.kind == kind]

    def to_dict(self) -> dict[str, Any]:
        return {"before": self.before, "after": self.after, "changes": [asdict(c) for c in self.changes]}


def compare(before: DatasetVersion, after: DatasetVersion) -> Diff:
    """An example that is edited and moved counts as edited: the splits show the move."""
    old = {e.example_id: e for e in before.examples()}
    new = {e.example_id: e for e in after.examples()}
    why_gone, why_absent = _reasons(after, "dropped"), _reasons(before, "dropped")
    edits = _reasons(after, "edited")
    changes = [
        *(_added(new[i], why_absent) for i in sorted(new.keys() - old.keys())),
        *(_removed(old[i], why_gone) for i in sorted(old.keys() - new.keys())),
        *(c for i in sorted(old.keys() & new.keys()) if (c := _changed(old[i], new[i], edits))),
    ]
    order = ("added", "removed", "edited", "moved")
    changes.sort(key=lambda c: order.index(c.kind))
    return Diff(before.version, after.version, tuple(changes))


Reasons = dict[str, tuple[str, str]]


def _reasons(version: DatasetVersion, action: Action) -> Reasons:
    """Why each example was dropped or edited, and by whom; a person's word goes
    before a filter's."""
    found: Reasons = {}
    for event in version.events():
        known = found.get(event.example_id)
        by_person = event.actor != SIFTUNE
        if event.action == action and (known is None or (by_person and known[1] == SIFTUNE)):
            found[event.example_id] = (f"{event.stage}: {event.reason}", event.actor)
    return found


def _added(example: Example, absent: Reasons) -> Change:
    if example.parent_id is not None:
        reason, actor = f"augment: child of {example.parent_id}", None
    elif example.example_id in absent:
        said, actor = absent[example.example_id]
        reason = f"no longer dropped ({said})"
    else:
        reason, actor = "new in the sources", None
    return Change(example.example_id, "added", None, example.split, reason, actor)


def _removed(example: Example, gone: Reasons) -> Change:
    reason, actor = gone.get(example.example_id, ("no longer in the sources", None))
    return Change(example.example_id, "removed", example.split, None, reason, actor)


def _changed(old: Example, new: Example, edits: Reasons) -> Change | None:
    if old.content_hash != new.content_hash:
        reason, actor = edits.get(new.example_id, ("system prompt or recipe changed", None))
        return Change(new.example_id, "edited", old.split, new.split, reason, actor)
    if old.split != new.split:
        return Change(new.example_id, "moved", old.split, new.split, "split: its group's place changed")
    return None
