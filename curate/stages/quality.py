"""quality: rows that teach nothing or the wrong thing are dropped or flagged, by rules and the user's checks.

The first rule that drops a row names the reason; a row that stays carries a flag for every rule that
objects. A check that raises flags the row `check_failed:<check>` and the row stays.
"""

from collections.abc import Callable, Iterator, Sequence

from curate.quality.rules import DROPPING, FLAGGING
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.ledger import Action, Event
from schemas.recipe import Quality as Settings
from schemas.stage import Outcome, Scope

Check = Callable[[Example], str | None]


class Quality:
    """`checks` are the user's, resolved by `curate.quality.resolve_checks`, which makes them pickle.
    Their reasons stand in the ledger as `check:<reason>`."""

    name = "quality"
    version = 1
    scope: Scope = "row"

    def __init__(self, settings: Settings, checks: Sequence[Check] = ()) -> None:
        if settings.languages:
            from curate.quality.language import identifier

            identifier(settings.languages)
        self._settings = settings
        self._checks = list(checks)

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        kept: list[Example] = []
        events: list[Event] = []
        for row in rows:
            failed: list[Verdict] = []
            verdict = next(self._dropping(row, failed), None)
            if verdict is not None and not row.protected:
                events += [self._event(row, "flagged", failure) for failure in failed]
                events.append(self._event(row, "dropped", verdict))
                continue
            flags = [*failed, *self._flagging(row)]
            if verdict is not None:
                events.append(self._event(row, "kept_by_review", verdict))
            events += [self._event(row, "flagged", flag) for flag in flags]
            kept.append(row.flagged(*(v.reason for v in (verdict, *flags) if v is not None)))
        return Outcome(kept, events)

    def _dropping(self, row: Example, failed: list[Verdict]) -> Iterator[Verdict]:
        """Verdicts that drop; checks that raise are added to `failed`."""
        for rule in DROPPING:
            verdict = rule(row, self._settings)
            if verdict is not None:
                yield verdict
        for check in self._checks:
            name = getattr(check, "path", getattr(check, "__name__", "check"))
            try:
                reason = check(row)
            except Exception as error:  # noqa: BLE001 - the user's code may raise anything; the row keeps the trace
                failed.append(Verdict(f"check_failed:{name}", detail={"error": type(error).__name__}))
                continue
            if reason is not None:
                yield Verdict(f"check:{reason}", detail={"check": name})

    def _flagging(self, row: Example) -> Iterator[Verdict]:
        for rule in FLAGGING:
            verdict = rule(row, self._settings)
            if verdict is not None:
                yield verdict

    def _event(self, row: Example, action: Action, verdict: Verdict) -> Event:
        return Event(
            example_id=row.example_id,
            stage=self.name,
            action=action,
            reason=verdict.reason,
            score=verdict.score,
            threshold=verdict.threshold,
            detail=verdict.detail,
        )
