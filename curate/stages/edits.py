"""Edits: what reviewers decided, applied before any filter, so that an edited text meets every filter again.

Agreed `drop` drops, agreed `edit` replaces the messages, agreed `keep` protects from every filter after it.
Annotators who disagree leave the example as it is, flagged `disagreement`, until they are adjudicated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from curate.similarity.sets import among
from schemas.decision import Decision, Ruling
from schemas.example import Example, without_system
from schemas.ledger import Action, Event
from schemas.stage import Delta, Outcome, Rows, Scope

REVIEW = "review"  # the reason of a drop or an edit
REVIEWED = "reviewed"
DISAGREEMENT = "disagreement"
_AT_ONCE = 4096  # rows
_FEW = 4096  # rulings


class Edits:
    """`rulings` by example id, as `curate.journal` gives them."""

    name = "edits"
    version = 2
    scope: Literal["table"] = "table"

    def __init__(self, rulings: Mapping[str, Ruling]) -> None:
        self._rulings = rulings

    @property
    def light(self) -> bool:
        """With few rulings: rows without one are not looked at."""
        return len(self._rulings) < _FEW

    def __call__(self, rows: Rows) -> Delta:
        dropped: list[int] = []
        replaced: dict[int, Example] = {}
        events: list[Event] = []
        ruled = among(rows.column("example_id"), self._rulings)
        for start in range(0, len(ruled), _AT_ONCE):
            some = ruled[start : start + _AT_ONCE]
            for at, row in zip(some.tolist(), rows.take(some), strict=True):
                after, event = _apply(row, self._rulings[row.example_id])
                if after is None:
                    dropped.append(at)
                else:
                    replaced[at] = after
                events.append(event)
        return Delta(dropped, events, replaced=replaced)

    def on_rows(self) -> "EditsOnRows":
        """The same as a row stage, for rows that other stages make."""
        return EditsOnRows(self._rulings)


class EditsOnRows:
    """Edits of a batch of rows."""

    name = Edits.name
    version = Edits.version
    scope: Scope = "row"

    def __init__(self, rulings: Mapping[str, Ruling]) -> None:
        self._rulings = rulings

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        kept: list[Example] = []
        events: list[Event] = []
        for row in rows:
            ruling = self._rulings.get(row.example_id)
            if ruling is None:
                kept.append(row)
                continue
            after, event = _apply(row, ruling)
            events.append(event)
            if after is not None:
                kept.append(after)
        return Outcome(kept, events)


def _apply(row: Example, ruling: Ruling) -> tuple[Example | None, Event]:
    if ruling.disagreement:
        verdicts = {d.annotator: d.verdict for d in ruling.decisions}
        return row.flagged(DISAGREEMENT), Event(
            row.example_id,
            "edits",
            "flagged",
            DISAGREEMENT,
            actor=", ".join(verdicts),
            detail={"verdicts": verdicts},
        )
    decision = ruling.decisions[-1]
    if decision.verdict == "drop":
        return None, _event(row, decision, "dropped", REVIEW)
    if decision.verdict == "edit" and decision.messages is not None:
        messages = without_system(decision.messages)
        after = replace(row, messages=messages, origin="edited", protected=True).flagged(REVIEWED)
        event = _event(row, decision, "edited", REVIEW)
        return after, replace(event, before_hash=row.content_hash, after_hash=after.content_hash)
    return replace(row, protected=True).flagged(REVIEWED), _event(row, decision, "flagged", REVIEWED)


def _event(row: Example, decision: Decision, action: Action, reason: str) -> Event:
    """The decision by its annotator only. Times, numbers and the reviewer's words stay in the journal: equal
    decisions make equal versions, and words may quote what a later stage removes."""
    place = {"source": row.source, "line": row.line} if action == "dropped" else {}
    return Event(row.example_id, "edits", action, reason, actor=decision.annotator, detail=place)
