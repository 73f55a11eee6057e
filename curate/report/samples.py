"""Samples of each reason, and which text of them a report may show.

Shown is only text that stands in the version anyway: of rows that were kept, as they were written, after
redaction. Never shown is a dropped row's text, for a stage removed it and an earlier one may not have seen it
yet; nor that of a kept row which pii or toxicity flagged, or whose scan ran out of time. For a duplicate, the
row kept instead is shown, for a contradiction both sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.arrow import event_of
from schemas.example import Example
from schemas.ledger import Event

PER_REASON = 5
MOST_REASONS = 300  # a user's check may put anything into its reason
EXCERPT = 280  # characters of a side
OTHERS = "other reasons"
_BETWEEN = "\x1f"

Key = tuple[str, str, str]


@dataclass(slots=True)
class Reason:
    """How often a stage did something for a reason, and its first events."""

    count: int = 0
    samples: list[Event] = field(default_factory=list)


class Samples:
    """Reasons in order of appearance, and the excerpts of rows that they name. Events come before rows."""

    def __init__(self) -> None:
        self.reasons: dict[Key, Reason] = {}
        self.excerpts: dict[str, str | None] = {}
        self.wanted: set[str] = set()

    def add_events(self, events: pa.Table) -> None:
        """Events as the ledger has them. A row is looked at where it can be a sample alone."""
        parts = [events.column(name).combine_chunks() for name in ("stage", "action", "reason")]
        names = pc.binary_join_element_wise(*parts, _BETWEEN).dictionary_encode()
        which = names.indices.to_numpy(zero_copy_only=False)
        for number, name in enumerate(names.dictionary.to_pylist()):  # by first appearance
            stage, action, reason = name.split(_BETWEEN, 2)
            self._add((stage, action, reason), events, np.flatnonzero(which == number))

    def _add(self, key: Key, events: pa.Table, rows: npt.NDArray[np.int64]) -> None:
        if key not in self.reasons and len(self.reasons) >= MOST_REASONS:
            key = (*key[:2], OTHERS)
        reason = self.reasons.setdefault(key, Reason())
        reason.count += len(rows)
        for start in range(0, len(rows), PER_REASON):
            if len(reason.samples) >= PER_REASON:
                break
            for row in events.take(pa.array(rows[start : start + PER_REASON])).to_pylist():
                self._sample(reason, event_of(row))

    def _sample(self, reason: Reason, event: Event) -> None:
        seen = any(
            (e.matched_id, e.example_id) == (event.example_id, event.matched_id) for e in reason.samples
        )
        if len(reason.samples) < PER_REASON and not seen:  # not the other side of a pair
            reason.samples.append(event)
            self.wanted.update(filter(None, (event.example_id, event.matched_id)))

    def add_row(self, row: Example) -> None:
        if row.example_id in self.wanted:
            self.excerpts[row.example_id] = excerpt(row) if row.may_be_shown else None

    def shown(self, event: Event) -> Iterator[tuple[str, str]]:
        """Ids and texts to show for a sample: the row itself, then the one it was held against, of those that
        were kept."""
        for example_id in filter(None, (event.example_id, event.matched_id)):
            text = self.excerpts.get(example_id)
            if text:
                yield example_id, text


def excerpt(row: Example) -> str:
    """The last question and answer, shortened."""
    last = {m.role: m.content for m in row.messages if m.role in ("user", "assistant")}
    return " → ".join(_short(last[role]) for role in ("user", "assistant") if last.get(role))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
