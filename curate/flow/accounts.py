"""The arithmetic of a build: every stage closes, or the build fails.

In + created = kept + dropped, over rows. That every row which goes has its event is checked row by row where
a stage's answer comes in (`curate.flow.entry`, and `settle` for stages that see all rows).
"""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import GateError
from schemas.example import Example
from schemas.ledger import Event
from schemas.manifest import StageCount

_REPORT = "this is a bug of the stage: nothing was written; please report it"


def count(
    name: str, rows_in: int, kept: int, created: int, events: Sequence[pa.Table], seconds: float
) -> StageCount:
    """The stage's counts, over its events. Raises GateError when they do not close."""
    reasons: dict[str, int] = {}
    changed: dict[str, set[str]] = {"edited": set(), "flagged": set()}
    for table in events:
        actions = table.column("action")
        dropped = table.filter(pc.equal(actions, "dropped")).column("reason")
        for pair in dropped.value_counts().to_pylist():
            reasons[pair["values"]] = reasons.get(pair["values"], 0) + pair["counts"]
        for action, ids in changed.items():
            ids.update(table.filter(pc.equal(actions, action)).column("example_id").to_pylist())
    found = StageCount(
        name=name,
        rows_in=rows_in,
        kept=kept,
        dropped=dict(sorted(reasons.items())),
        edited=len(changed["edited"]),
        flagged=len(changed["flagged"]),
        created=created,
        seconds=round(seconds, 3),
    )
    if not found.closes:
        raise GateError(
            f"stage {name}: {rows_in} in + {created} created ≠ {kept} kept + {sum(reasons.values())} dropped",
            _REPORT,
        )
    return found


def lost(name: str, ids: Sequence[str]) -> GateError:
    """The error for a stage that lost or doubled rows, or dropped one without a word."""
    return GateError(f"stage {name} lost or doubled rows: {', '.join(ids[:5])}", _REPORT)


def unplaced(event: Event) -> bool:
    """Whether a row went and the event does not say yet where it stood."""
    return event.action == "dropped" and "source" not in event.detail


def placed(event: Event, row: Example) -> Event:
    """The event with the source and line of its row."""
    return replace(event, detail={"source": row.source, "line": row.line, **event.detail})
