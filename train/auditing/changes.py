"""The data that changed between the versions of two runs, a row an example: how, where, why, and who did it.

`curate diff` says what differs; here an edit that changes answers alone is told as such, and rows that differ
in nothing but the system prompt are left out: that difference is one of settings.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from curate.history.diff import Change
from curate.version import DatasetVersion
from schemas.example import Example, hash_messages
from train.reporting.left_out import examples_of

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["added", "removed", "edited", "relabelled", "moved"]
KINDS: tuple[Kind, ...] = ("relabelled", "edited", "removed", "added", "moved")
COLUMNS = (
    *("example_id", "kind", "split_before", "split_after", "stage", "reason", "actor"),
    *("source", "line", "touches_train"),
)
_STAGE = re.compile(r"(?:no longer (?:dropped|edited) \()?([a-z_]+): ")


@dataclass(frozen=True)
class Changes:
    """`table`: COLUMNS, by kind, then id; `relabelled` is an edit of answers alone, `touches_train` whether
    the row stands in the train split of either version. `before`, `after`: the changed examples as each
    version holds them. `prompt_only`: rows that differ in their system prompt alone, which are not listed."""

    table: "pd.DataFrame"
    before: dict[str, Example]
    after: dict[str, Example]
    prompt_only: int

    def example(self, example_id: str) -> Example:
        """As the second version holds it, else as the first one did."""
        return self.after.get(example_id) or self.before[example_id]


def changes(a: DatasetVersion, b: DatasetVersion) -> Changes:
    """From version `a` to version `b`. Raises VersionError where one is damaged."""
    import pandas as pd

    found = a.diff(b).changes if a.version != b.version else ()
    ids = [change.example_id for change in found]
    before = {e.example_id: e for e in examples_of(a, ids)} if ids else {}
    after = {e.example_id: e for e in examples_of(b, ids)} if ids else {}
    rows, prompt_only = [], 0
    for change in found:
        name = change.example_id
        kind = _kind(change, before.get(name), after.get(name))
        if kind is None:
            prompt_only += 1
            continue
        example = after.get(name) or before[name]
        place = (example.source, example.line, "train" in (change.split_before, change.split_after))
        stage = _stage(change)
        row = (
            name,
            kind,
            change.split_before,
            change.split_after,
            stage,
            change.reason,
            change.actor,
            *place,
        )
        rows.append(row)
    rows.sort(key=lambda row: (KINDS.index(row[1]), row[0]))
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"touches_train": bool})
    return Changes(table, before, after, prompt_only)


def counts(table: "pd.DataFrame") -> "pd.DataFrame":
    """Changed rows counted by kind, splits, reason, who and source, the most first."""
    by = ["kind", "split_before", "split_after", "stage", "reason", "actor", "source"]
    told = table.assign(reason=table["reason"].str.replace(_OF, "", regex=True))
    grouped = told.groupby(by, dropna=False, sort=True).size().rename("rows").reset_index()
    return grouped.sort_values("rows", ascending=False, kind="stable", ignore_index=True)


_OF = re.compile(r" of [0-9a-f]{20}\b")  # a child's reason names its parent


def _kind(change: Change, before: Example | None, after: Example | None) -> Kind | None:
    """None for a row that differs in its system prompt alone."""
    if change.kind != "edited" or before is None or after is None:
        return change.kind
    if spoken(before) == spoken(after):
        return "moved" if change.split_before != change.split_after else None
    return "relabelled" if before.prompt == after.prompt and before.answer != after.answer else "edited"


def _stage(change: Change) -> str | None:
    """The stage that the reason names, `import` for what the sources did; None for the recipe's doing."""
    named = _STAGE.match(change.reason)
    if named:
        return named[1]
    return "import" if "in the sources" in change.reason else None


def spoken(example: Example) -> str:
    """A hash of all messages but the system prompt."""
    return hash_messages(example.turns)
