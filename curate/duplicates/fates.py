"""Which rows are duplicates of which, what becomes of them, and how it is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from curate.duplicates.facts import Facts
from schemas.arrays import Ints
from schemas.ledger import DuplicatePair, Event


@dataclass(frozen=True, slots=True)
class Fate:
    """What a row is a duplicate of. `dropped` is false where a reviewer keeps it."""

    kept: int
    kind: Literal["exact", "near"]
    score: float
    dropped: bool
    detail: dict[str, Any] = field(default_factory=dict)


class Fates:
    """Those of all rows, by position; `stays` has an entry for each row. `stage`, `threshold` and `keep` are
    what events say of them."""

    def __init__(self, facts: Facts, stage: str, threshold: float | None, keep: Sequence[str]) -> None:
        self.stays = np.ones(len(facts), dtype=bool)
        self._facts = facts
        self._stage = stage
        self._threshold = threshold
        self._keep = list(keep)
        self._of: dict[int, Fate] = {}

    def decide(self, at: int, fate: Fate) -> None:
        self._of[at] = fate
        self.stays[at] = not fate.dropped

    def rows(self) -> Ints:
        """The rows that have one."""
        return np.fromiter(self._of, dtype=np.int64)

    def settle(self) -> None:
        """A copy of a row that went as a near duplicate is a near duplicate too, of the row kept for both."""
        for at, fate in list(self._of.items()):
            if not self.stays[fate.kept]:
                self._of[at] = replace(self._of[fate.kept], dropped=fate.dropped)
        self._of = dict(sorted(self._of.items()))

    def clusters(self) -> Ints:
        """For each row the one that is kept for it, or that it is kept for; -1 for rows alone."""
        found = np.full(len(self.stays), -1, dtype=np.int64)
        for at, fate in self._of.items():
            found[[at, fate.kept]] = self._leader(at)
        return found

    def _leader(self, at: int) -> int:
        while at in self._of:
            at = self._of[at].kept
        return at

    def marks(self) -> dict[int, str]:
        """A flag for each row that a reviewer keeps."""
        return {at: f"{fate.kind}_duplicate" for at, fate in self._of.items() if not fate.dropped}

    def dropped(self) -> list[int]:
        return [at for at, fate in self._of.items() if fate.dropped]

    def events(self) -> Iterator[Event]:
        """One for each of `rows`."""
        facts = self._facts
        for at, fate in self._of.items():
            kept = fate.kept
            detail = {
                "source": facts.source(at),
                "line": facts.line(at),
                "kept_source": facts.source(kept),
                "kept_line": facts.line(kept),
                "keep": self._keep,
                **fate.detail,
            }
            yield Event(
                facts.example_id(at),
                self._stage,
                "dropped" if fate.dropped else "kept_by_review",
                f"{fate.kind}_duplicate",
                fate.score,
                self._threshold if fate.kind == "near" else None,
                facts.example_id(kept),
                detail=detail,
            )

    def pairs(self) -> list[DuplicatePair]:
        """One for each of `dropped`."""
        return [self._pair(at, self._of[at]) for at in self.dropped()]

    def _pair(self, at: int, fate: Fate) -> DuplicatePair:
        facts, kept = self._facts, fate.kept
        return DuplicatePair(
            facts.example_id(kept),
            facts.example_id(at),
            fate.score,
            fate.kind,
            facts.source(kept),
            facts.line(kept),
            facts.source(at),
            facts.line(at),
        )
