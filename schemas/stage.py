"""The stage contract: a pure function from a batch of rows to rows and events.

A stage never touches disk, network, clock or randomness by itself; what it needs of those is passed
to its constructor. `scope` says what a batch may be: `row` stages give the same result however the
rows are cut into batches, so an engine may run them anywhere; `dataset` stages see every row at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from schemas.example import Example
from schemas.ledger import DuplicatePair, Event

Scope = Literal["row", "dataset"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows that go on, in input order with created rows last, and what happened to the others."""

    rows: list[Example]
    events: list[Event]
    pairs: list[DuplicatePair] = field(default_factory=list)


class Stage(Protocol):
    """`version` changes with the stage's behaviour: it is part of the dataset version's identity."""

    name: str
    version: int
    scope: Scope

    def __call__(self, rows: Sequence[Example]) -> Outcome: ...
