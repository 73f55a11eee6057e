"""The arithmetic of a build: every stage closes, and every row that goes has its event.

In + created = kept + dropped, counted over rows; and row by row, what is missing from a stage's output must
have been dropped by name. A stage that loses a row without saying so fails the build.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from schemas.errors import GateError
from schemas.example import Example
from schemas.ledger import Event
from schemas.manifest import StageCount
from schemas.stage import Outcome

_REPORT = "this is a bug of the stage: nothing was written; please report it"


def settle(name: str, rows: Sequence[Example], outcome: Outcome, seconds: float) -> StageCount:
    """The stage's counts. Raises GateError when they do not close."""
    dropped = Counter(e.reason for e in outcome.events if e.action == "dropped")
    created = sum(e.action == "created" for e in outcome.events)
    count = StageCount(
        name=name,
        rows_in=len(rows),
        kept=len(outcome.rows),
        dropped=dict(sorted(dropped.items())),
        edited=_examples(outcome, "edited"),
        flagged=_examples(outcome, "flagged"),
        created=created,
        seconds=round(seconds, 3),
    )
    if not count.closes:
        raise GateError(
            f"stage {name}: {count.rows_in} in + {created} created ≠ "
            f"{count.kept} kept + {sum(dropped.values())} dropped",
            _REPORT,
        )
    _every_row_accounted(name, rows, outcome)
    return count


def locate(rows: Sequence[Example], outcome: Outcome) -> list[Event]:
    """The outcome's events, each drop with the source and line of the row that went."""
    remaining = Counter((row.source, row.line) for row in outcome.rows)
    gone: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        if remaining[row.source, row.line] > 0:
            remaining[row.source, row.line] -= 1
        else:
            gone[row.example_id].append(row)
    return [_located(event, gone) for event in outcome.events]


def _located(event: Event, gone: dict[str, list[Example]]) -> Event:
    if event.action != "dropped" or "source" in event.detail or not gone[event.example_id]:
        return event
    row = gone[event.example_id].pop(0)
    return replace(event, detail={"source": row.source, "line": row.line, **event.detail})


def _every_row_accounted(name: str, rows: Sequence[Example], outcome: Outcome) -> None:
    came = Counter(row.example_id for row in rows)
    came.update(e.example_id for e in outcome.events if e.action == "created")
    went = Counter(row.example_id for row in outcome.rows)
    went.update(e.example_id for e in outcome.events if e.action == "dropped")
    if came != went:
        odd = sorted((came - went) + (went - came))[:5]
        raise GateError(f"stage {name} lost or doubled rows: {', '.join(odd)}", _REPORT)


def _examples(outcome: Outcome, action: str) -> int:
    return len({e.example_id for e in outcome.events if e.action == action})
