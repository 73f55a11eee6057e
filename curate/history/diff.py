"""What changed between two dataset versions, example by example, with the reason and who decided."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from curate.version import SPLITS, DatasetVersion
from schemas.example import Message, hash_messages
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


@dataclass(frozen=True, slots=True)
class _Row:
    """What is compared of a kept row. `content` is a hash of its messages."""

    split: str
    content: bytes
    parent_id: str | None


def compare(before: DatasetVersion, after: DatasetVersion) -> Diff:
    """An example that is edited and moved counts as edited: the splits show the move."""
    old, new = _rows(before), _rows(after)
    why_gone, why_absent = _reasons(after, "dropped"), _reasons(before, "dropped")
    edits = _reasons(before, "edited"), _reasons(after, "edited")
    changes = [
        *(_added(i, new[i], why_absent) for i in sorted(new.keys() - old.keys())),
        *(_removed(i, old[i], why_gone) for i in sorted(old.keys() - new.keys())),
        *(c for i in sorted(old.keys() & new.keys()) if (c := _changed(i, old[i], new[i], *edits))),
    ]
    order = ("added", "removed", "edited", "moved")
    changes.sort(key=lambda c: order.index(c.kind))
    return Diff(before.version, after.version, tuple(changes))


def _rows(version: DatasetVersion) -> dict[str, _Row]:
    """Every kept row, by id."""
    found: dict[str, _Row] = {}
    for split in SPLITS:
        for batch in version.batches(f"data/{split}.parquet", ["example_id", "messages", "parent_id"]):
            for row in batch.to_pylist():
                content = bytes.fromhex(hash_messages(map(Message.from_dict, row["messages"])))
                found[row["example_id"]] = _Row(split, content, row["parent_id"])
    return found


Reasons = dict[str, tuple[str, str]]


def _reasons(version: DatasetVersion, action: Action) -> Reasons:
    """Why each example was dropped or edited, and by whom; a person's word goes
    before a filter's."""
    found: Reasons = {}
    columns = ("example_id", "stage", "reason", "actor")
    for row in version.read("ledger.parquet", columns, [("action", "=", action)]).to_pylist():
        known = found.get(row["example_id"])
        if known is None or (row["actor"] != SIFTUNE and known[1] == SIFTUNE):
            found[row["example_id"]] = (f"{row['stage']}: {row['reason']}", row["actor"])
    return found


def _added(example_id: str, row: _Row, absent: Reasons) -> Change:
    if row.parent_id is not None:
        reason, actor = f"augment: child of {row.parent_id}", None
    elif example_id in absent:
        said, actor = absent[example_id]
        reason = f"no longer dropped ({said})"
    else:
        reason, actor = "new in the sources", None
    return Change(example_id, "added", None, row.split, reason, actor)


def _removed(example_id: str, row: _Row, gone: Reasons) -> Change:
    reason, actor = gone.get(example_id, ("no longer in the sources", None))
    return Change(example_id, "removed", row.split, None, reason, actor)


def _changed(example_id: str, old: _Row, new: _Row, edits_before: Reasons, edits: Reasons) -> Change | None:
    if old.content != new.content:
        said, actor = _edited(edits_before.get(example_id), edits.get(example_id))
        return Change(example_id, "edited", old.split, new.split, said, actor)
    if old.split != new.split:
        return Change(example_id, "moved", old.split, new.split, "split: its group's place changed")
    return None


def _edited(before: tuple[str, str] | None, after: tuple[str, str] | None) -> tuple[str, str | None]:
    """Why an edited text differs: a person's edit that is there no more explains more than a filter's."""
    if before and before != after and (after is None or (after[1] == SIFTUNE and before[1] != SIFTUNE)):
        return f"no longer edited ({before[0]})", before[1]
    return after or ("system prompt or recipe changed", None)
