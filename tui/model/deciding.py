"""Deciding on the row shown. Every decision is on disk before anything moves; one that cannot be written
raises JournalError, and then nothing moved."""

from collections.abc import Sequence
from typing import Unpack

from schemas.decision import ADJUDICATED, Decision, Verdict
from schemas.errors import UsageError
from schemas.example import Message, without_system
from tui.model.finding import Finding
from tui.model.outcome import NOTHING, SECOND_LOOK, Outcome, said
from tui.model.verdicts import Given


class Deciding(Finding):
    _repeatable: Decision | None = None  # the latest keep or drop of this session

    def decide(self, verdict: Verdict, reason: str | None = None) -> Outcome:
        """Keep or drop the row shown, and go to the next untouched one. Its labels stay."""
        row = self.place.row
        if row is None:
            return NOTHING
        self._repeatable = decision = self._write(
            self.corpus.id_of(row), verdict, labels=self._labels(row), reason=reason
        )
        self._advance()
        return Outcome(said(decision), decision)

    def skip(self) -> Outcome:
        """Go on; a verdict given earlier stays."""
        row = self.place.row
        if row is None:
            return NOTHING
        held = self.verdicts.current(row)
        if held is not None and held.verdict != "skip":
            self._advance()
            return Outcome(f"skipped; your {held.verdict} stays")
        decision = self._write(self.corpus.id_of(row), "skip", labels=self.verdicts.labels(row))
        self._advance()
        return Outcome(said(decision), decision)

    def edit(self, messages: Sequence[Message]) -> Outcome:
        """Record new messages for the row shown, and go on. The recipe's system prompt is no part of an edit.
        Raises UsageError for an empty message."""
        row, example = self.place.row, self.example
        if row is None or example is None:
            return NOTHING
        edited = without_system(messages)
        if edited == example.turns:
            return Outcome("nothing changed")
        if not edited or any(not (m.content.strip() or m.tool_calls) for m in edited):
            raise UsageError(
                "a message is empty", "write something, or leave the editor and drop the example"
            )
        decision = self._write(self.corpus.id_of(row), "edit", labels=self._labels(row), messages=edited)
        self._advance()
        return Outcome(said(decision), decision)

    def flag(self, note: str) -> Outcome:
        """Mark the row shown for a second look and stay on it; a verdict in force is kept."""
        row = self.place.row
        if row is None:
            return NOTHING
        held = self.verdicts.current(row)
        labels = (*(held.labels if held else ()), *self.verdicts.labels(row), SECOND_LOOK)
        return self._again(row, held, labels, note or None)

    def label(self, name: str) -> Outcome:
        """Give the row shown this label, or take it away, and stay on it; a verdict in force is kept."""
        row = self.place.row
        if row is None:
            return NOTHING
        held, given = self.verdicts.current(row), self.verdicts.labels(row)
        others = tuple(label for label in (held.labels if held else ()) if label not in given)
        labels = tuple(label for label in given if label != name) if name in given else (*given, name)
        outcome = self._again(row, held, (*others, *labels), held.note if held else None)
        return outcome if name not in given else Outcome(f"no longer labelled {name}", outcome.decision)

    def repeat(self) -> Outcome:
        """Keep or drop the row shown as this session's last one was."""
        if self._repeatable is None:
            return Outcome("nothing to repeat yet: keep or drop one first")
        return self.decide(self._repeatable.verdict, self._repeatable.reason)

    # Inside

    def _again(self, row: int, held: Decision | None, labels: Sequence[str], note: str | None) -> Outcome:
        """The verdict in force once more, with other labels or another note."""
        decision = self._write(
            self.corpus.id_of(row),
            held.verdict if held else "skip",
            labels=tuple(dict.fromkeys(labels)),
            messages=held.messages if held else None,
            reason=held.reason if held else None,
            note=note,
        )
        return Outcome(said(decision), decision)

    def _labels(self, row: int) -> tuple[str, ...]:
        """Of a verdict on this row: those that the annotator gave it, and what ends a conflict."""
        return (*self.verdicts.labels(row), *((ADJUDICATED,) if self.adjudicating else ()))

    def _write(self, example_id: str, verdict: Verdict, **given: Unpack[Given]) -> Decision:
        return self._record(self.verdicts.draft(example_id, verdict, **given))

    def _record(self, draft: Decision) -> Decision:
        """One decision, which the team's state knows from here on."""
        decision = self.verdicts.record(draft)
        self.team.catch_up()
        return decision

    def _advance(self) -> None:
        if not self.place.go_to_next(self._waiting):
            self.place.go(self.place.position + 1)
