"""Event, DuplicatePair, Reject: what happened to a row, and why.

The ledger is complete: every stage's rows in plus rows created equal its rows out plus rows dropped,
and every row dropped has an event. No field of an event may hold a value that a stage removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["dropped", "edited", "flagged", "created", "kept_by_review"]
SIFTUNE = "siftune"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the ledger. `actor` is `siftune` or the annotator who decided."""

    example_id: str
    stage: str
    action: Action
    reason: str
    score: float | None = None
    threshold: float | None = None
    matched_id: str | None = None
    actor: str = SIFTUNE
    before_hash: str | None = None
    after_hash: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """A row dropped, the row kept instead, and their exact Jaccard similarity.

    Exact duplicates as imported share one id; `source:line` tells the two rows apart.
    """

    kept_id: str
    dropped_id: str
    jaccard: float
    kind: Literal["exact", "near"]
    kept_source: str
    kept_line: int
    dropped_source: str
    dropped_line: int


@dataclass(frozen=True, slots=True)
class Reject:
    """A raw row that could not be read. `raw` is its text, undecodable bytes as backslash escapes."""

    source: str
    line: int
    reason: str
    raw: str
