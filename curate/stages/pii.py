"""pii: personal data and secrets are redacted, or their rows dropped or flagged, by entity type.

The ledger says which type stood where, which recogniser saw it and what stands there now, never the value.
A row whose scan ran out of time is flagged `pii_scan_timeout`: what it may hold is unknown.

A reviewer's word on a value comes before its type's action: what is no personal data stays (`kept_by_review`,
`not_pii:TYPE`), what is goes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.pii import engine
from curate.pii.entities import threshold
from curate.pii.redaction import Found, Redaction
from curate.pii.said import Said
from schemas.example import Example
from schemas.ledger import SIFTUNE, Action, Event
from schemas.recipe import Pii as Settings
from schemas.stage import Outcome, Scope
from schemas.statement import NOT_PII

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

TIMEOUT = "pii_scan_timeout"


class Pii:
    """Settings only, so it pickles; the recognisers are made once per process.

    `root` is the recipe's folder: `pii.ner` may be a path relative to it. Raises RecipeError for entity types
    that nothing finds, MissingPackage for an NER model that is not installed. `said`: reviewers on values.
    """

    name = "pii"
    version = 10
    scope: Scope = "row"

    def __init__(
        self,
        settings: Settings,
        root: Path = Path(),
        timeout_s: float = engine.TIMEOUT_S,
        said: Said | None = None,
    ) -> None:
        engine.check(settings, root)
        self._settings = settings
        self._root = root
        self._timeout_s = timeout_s
        self._said = said or Said()

    @property
    def light(self) -> bool:
        """Not with a spaCy model."""
        return self._settings.ner is None

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        scan = engine.make_sieve(self._settings, self._root, self._timeout_s).scan
        kept: list[Example] = []
        events: list[Event] = []
        seed = self._settings.seed if self._settings.style == "realistic" else None
        for row in rows:
            redaction = Redaction(row, scan, self._replaces, seed, self._said)
            after, happened = self._judge(row, redaction)
            events += happened
            if after is not None:
                kept.append(after)
        return Outcome(kept, events)

    def untouched(self, rows: "pa.Table") -> "npt.NDArray[np.bool_]":
        """Rows, of schema ROWS, in which nothing is found; reviewers are asked of findings alone. None where
        an NER model reads all texts."""
        if self._settings.ner is not None:
            return np.zeros(rows.num_rows, dtype=np.bool_)
        return engine.make_sieve(self._settings, self._root, self._timeout_s).untouched(rows)

    def _replaces(self, entity: str) -> bool:
        """A type whose rows are dropped is replaced too: a protected row stays, without the value."""
        return engine.action(self._settings, entity) != "flag"

    def _judge(self, row: Example, redaction: Redaction) -> tuple[Example | None, list[Event]]:
        found = redaction.found
        if not (found or redaction.confirmed or redaction.spared or redaction.timeouts):
            return row, []
        dropping = [entity for entity in found if engine.action(self._settings, entity) == "drop"]
        if dropping and not row.protected:
            return None, [self._event(row, "dropped", f"pii:{dropping[0]}", dropping[0], found[dropping[0]])]
        flags = [f"pii:{entity}" for entity in found if not self._replaces(entity) or entity in dropping]
        events = list(self._events(row, redaction, dropping))
        if redaction.timeouts:
            flags.append(TIMEOUT)
            detail = {"recognisers": sorted(redaction.timeouts), "seconds": self._timeout_s}
            events.append(Event(row.example_id, self.name, "flagged", TIMEOUT, detail=detail))
        return redaction.example.flagged(*flags), events

    def _events(self, row: Example, redaction: Redaction, dropping: list[str]) -> Iterator[Event]:
        before, after = row.content_hash, redaction.example.content_hash
        for entity, found in redaction.found.items():
            if entity in dropping:
                yield self._event(row, "kept_by_review", f"pii:{entity}", entity, found)
            if self._replaces(entity):
                yield self._event(row, "edited", entity, entity, found, before, after)
            else:
                yield self._event(row, "flagged", f"pii:{entity}", entity, found)
        for entity, found in redaction.confirmed.items():
            yield self._event(row, "edited", entity, entity, found, before, after)
        for entity, found in redaction.spared.items():
            yield self._event(row, "kept_by_review", f"{NOT_PII}:{entity}", entity, found)

    def _event(
        self,
        row: Example,
        action: Action,
        reason: str,
        entity: str,
        found: Found,
        before: str | None = None,
        after: str | None = None,
    ) -> Event:
        detail: dict[str, Any] = {"spans": found.spans, "recognisers": sorted(found.recognisers)}
        if found.elsewhere:
            detail["elsewhere"] = found.elsewhere
        if action == "edited":
            detail["surrogates"] = list(found.surrogates)
        return Event(
            example_id=row.example_id,
            stage=self.name,
            action=action,
            reason=reason,
            score=found.score,
            threshold=threshold(entity),
            actor=", ".join(sorted(found.by)) or SIFTUNE,
            before_hash=before,
            after_hash=after,
            detail=detail,
        )
