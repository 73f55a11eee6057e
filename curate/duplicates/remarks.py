"""What is said of rows that stay: flags, and that a reviewer told them apart."""

from typing import Any

from curate.duplicates.facts import Facts
from schemas.ledger import Action, Event
from schemas.statement import NOT_A_DUPLICATE


class Remarks:
    """Rows by position. `events` are about the rows `about`; `flags` are the reasons of each that has any.
    `threshold` is that of near duplicates."""

    def __init__(self, facts: Facts, stage: str, threshold: float | None) -> None:
        self.events: list[Event] = []
        self.about: list[int] = []
        self.flags: dict[int, list[str]] = {}
        self._facts = facts
        self._stage = stage
        self._threshold = threshold

    def flag(
        self,
        at: int,
        reason: str,
        detail: dict[str, Any],
        score: float | None = None,
        other: int | None = None,
        threshold: float | None = None,
    ) -> None:
        """`other` is the row that it is flagged for; with another `threshold` where one is given."""
        self.flags.setdefault(at, []).append(reason)
        matched = None if other is None else self._facts.example_id(other)
        limit = self._threshold if threshold is None else threshold
        self._note(at, "flagged", reason, score=score, threshold=limit, matched_id=matched, detail=detail)

    def stands_apart(self, at: int, other: int, jaccard: float, by: str) -> None:
        """It would be a duplicate, had this reviewer not told the two apart."""
        self._note(
            at,
            "kept_by_review",
            NOT_A_DUPLICATE,
            score=jaccard,
            threshold=self._threshold,
            matched_id=self._facts.example_id(other),
            actor=by,
            detail=self.place_of(other),
        )

    def place_of(self, other: int) -> dict[str, Any]:
        """Where a row that is named stands."""
        return {"matched_source": self._facts.source(other), "matched_line": self._facts.line(other)}

    def _note(self, at: int, action: Action, reason: str, **more: Any) -> None:
        self.about.append(at)
        self.events.append(Event(self._facts.example_id(at), self._stage, action, reason, **more))
