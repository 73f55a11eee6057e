"""The arithmetic of one stage: every row that came goes on, or was dropped by name."""

from collections import Counter
from collections.abc import Sequence

from schemas.example import Example
from schemas.stage import Outcome


def assert_closes(rows: Sequence[Example], outcome: Outcome) -> None:
    came = Counter(row.example_id for row in rows)
    came.update(e.example_id for e in outcome.events if e.action == "created")
    went = Counter(row.example_id for row in outcome.rows)
    went.update(e.example_id for e in outcome.events if e.action == "dropped")
    assert came == went
