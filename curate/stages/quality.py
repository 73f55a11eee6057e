"""quality: rows that teach nothing or the wrong thing are dropped or flagged, by rules and the user's checks.

What a rule does to a row that it objects to is the recipe's `quality.rules`. The first rule that drops a row
names the reason; a row that stays carries a flag for every rule that objects. A check that raises flags the
row `check_failed:<check>` and the row stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.quality.rules import rules_asked, rules_that
from curate.quality.user_checks import Checked, UserCheck
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.ledger import Action, Event
from schemas.recipe import Quality as Settings
from schemas.stage import Feature, Outcome, Scope


class Quality:
    """`checks` are the user's, resolved by `curate.quality.resolve_checks`, which makes them pickle.
    Their reasons stand in the ledger as `check:<reason>`."""

    name = "quality"
    version = 4
    scope: Scope = "row"

    def __init__(self, settings: Settings, checks: Sequence[UserCheck] = ()) -> None:
        if settings.languages:
            from curate.quality.language import identifier

            identifier(settings.languages)
        self._settings = settings
        self._dropping = rules_that("drop", settings.rules)
        self._flagging = rules_that("flag", settings.rules)
        self._checks = list(checks)
        self._checked = [Checked(checks)] if checks else []
        self._asked = rules_asked(settings)

    @property
    def light(self) -> bool:
        """Not with the user's checks."""
        return not self._checks

    def measures(self) -> Sequence[Feature]:
        from curate.quality.columns import features_of

        return [*features_of(self._asked, self._settings, self.version), *self._checked]

    def spared(self, measured: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.bool_]:
        from curate.quality.columns import passed

        spared = passed(self._asked, measured, self._settings)
        return spared & measured[Checked.NAME] if self._checked else spared

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        kept: list[Example] = []
        events: list[Event] = []
        for row in rows:
            after, happened = self._judge(row)
            events += happened
            if after is not None:
                kept.append(after)
        return Outcome(kept, events)

    def _judge(self, row: Example) -> tuple[Example | None, list[Event]]:
        failed: list[Verdict] = []
        verdict = self._drop(row, failed)
        if verdict is not None and not row.protected:
            events = [self._event(row, "flagged", failure) for failure in failed]
            return None, [*events, self._event(row, "dropped", verdict)]
        flags = [*failed, *self._flags(row)]
        if verdict is None and not flags:
            return row, []
        events = [self._event(row, "flagged", flag) for flag in flags]
        if verdict is not None:
            events.insert(0, self._event(row, "kept_by_review", verdict))
            flags.insert(0, verdict)
        return row.flagged(*(flag.reason for flag in flags)), events

    def _drop(self, row: Example, failed: list[Verdict]) -> Verdict | None:
        """The first verdict that drops; checks that raise are added to `failed`."""
        for rule in self._dropping:
            verdict = rule(row, self._settings)
            if verdict is not None:
                return verdict
        for check in self._checks:
            try:
                reason = check(row)
            except Exception as error:  # noqa: BLE001 - the user's code may raise anything; the row keeps the trace
                failed.append(Verdict(f"check_failed:{check.path}", detail={"error": type(error).__name__}))
                continue
            if reason is not None:
                return Verdict(f"check:{reason}", detail={"check": check.path})
        return None

    def _flags(self, row: Example) -> Iterator[Verdict]:
        """A flag that an earlier stage has set is not set again."""
        for rule in self._flagging:
            verdict = rule(row, self._settings)
            if verdict is not None and verdict.reason not in row.flags:
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
