"""The review itself: a queue, a place in it, and decisions that are on disk before anything moves.

No widget is known here: the full-screen UI and line mode drive the same object.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from curate.journal import Journal
from schemas.decision import VERDICTS, Decision, Verdict
from schemas.errors import UsageError
from schemas.example import Example, Message
from tui.model.corpus import ABSENT, Corpus, Mask
from tui.model.filters import Filter
from tui.model.history import History
from tui.model.losses import Losses
from tui.model.place import Place
from tui.model.queues import Queue, available, build_queue

SECOND_LOOK = "second-look"
_UNTOUCHED = 0
_CODES = {verdict: code for code, verdict in enumerate(VERDICTS, start=1)}
_STATE_OF = {"skipped": "skip", "kept": "keep", "dropped": "drop", "edited": "edit"}
_SAID = {"keep": "kept", "drop": "dropped", "edit": "edited", "skip": "skipped"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did: a sentence for the person, and the journal's new row where there is one."""

    says: str
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """`position` counts from 1; `left` are rows of the list without this annotator's verdict."""

    position: int
    total: int
    today: int
    left: int


class Review:
    """One annotator's pass over a version. Actions on an empty list return an outcome that says so.

    An action that cannot be written raises JournalError, and then nothing moved.
    """

    def __init__(
        self,
        corpus: Corpus,
        journal: Journal,
        annotator: str,
        losses: Losses | None = None,
        queue: str | None = None,
    ) -> None:
        self.corpus = corpus
        self.losses = losses
        self.annotator = annotator
        self.filter_text = ""
        self._journal = journal
        self._history = History(annotator, journal.decisions(annotator=annotator))
        self._codes = np.zeros(len(corpus), dtype=np.int8)
        touched = self._history.examples()
        for example_id, row in zip(touched, corpus.rows_of(touched), strict=True):
            self._mark(example_id, int(row))
        self._repeatable: Decision | None = None
        self.queue = self._build(queue or ("loss" if losses else "pending"))
        self.place = Place(self.queue.rows)
        self.place.go_to_first(self._untouched)

    # What is shown

    @property
    def example(self) -> Example | None:
        """The example shown, with this annotator's edit if one is in force."""
        row = self.place.row
        if row is None:
            return None
        example, decision = self.corpus.example(row), self.decision_at(row)
        if decision is None or decision.messages is None:
            return example
        prompt = tuple(m for m in example.messages if m.role == "system")
        return replace(example, messages=(*prompt, *decision.messages))

    def decision_at(self, row: int) -> Decision | None:
        """This annotator's decision in force."""
        return self._history.current(self.corpus.id_of(row))

    def flag_at(self, row: int) -> Decision | None:
        """This annotator's latest flag in force."""
        return self._history.flagged(self.corpus.id_of(row))

    def signal_at(self, row: int) -> float:
        """What put the row where it is; NaN where nothing did."""
        return float(self.queue.signal[row])

    @property
    def progress(self) -> Progress:
        n = len(self.place)
        left = int(np.count_nonzero(self._undecided[self.place.order]))
        return Progress(self.place.position + 1 if n else 0, n, self._history.decided_on(date.today()), left)

    def decisions_on(self, example_id: str) -> list[Decision]:
        """Everyone's rows of the journal on one example, oldest first."""
        return self._journal.decisions(example_id=example_id)

    # Moving

    def to_undecided(self, *, back: bool = False) -> Outcome | None:
        """To the nearest row that this annotator has not touched; an outcome only where there is none."""
        found = self.place.go_to_next(self._untouched, back=back)
        return None if found else Outcome("no other example is undecided here")

    def use_queue(self, name: str) -> None:
        """Show another queue under the same filter, from its first untouched row. Raises UsageError."""
        queue = self._build(name)
        order = queue.rows[self._mask(self.filter_text)[queue.rows]]
        self.queue, self.place = queue, Place(order)
        self.place.go_to_first(self._untouched)

    def next_queue(self) -> Outcome:
        names = available(self.losses)
        name = names[(names.index(self.queue.name) + 1) % len(names)]
        self.use_queue(name)
        return Outcome(f"queue: {name}")

    def filter(self, text: str) -> Outcome:
        """Show only the rows of the queue that match, staying on the row shown where it does.
        Raises UsageError, and then all stays as it was."""
        order = self.queue.rows[self._mask(text)[self.queue.rows]]
        shown = self.place.row
        self.filter_text = text.strip()
        self.place = Place(order)
        if shown is None or not self.place.go_to_row(shown):
            self.place.go_to_first(self._untouched)
        return Outcome(
            f"{len(order):,} of {len(self.queue.rows):,} match" if self.filter_text else "all shown"
        )

    # Deciding

    def decide(self, verdict: Verdict, reason: str | None = None) -> Outcome:
        """Keep or drop the row shown, and go to the next untouched one."""
        row = self.place.row
        if row is None:
            return _NOTHING
        self._repeatable = decision = self._append(row, verdict, reason=reason)
        self._advance()
        return Outcome(_said(decision), decision)

    def skip(self) -> Outcome:
        """Go on; a verdict given earlier stays."""
        row = self.place.row
        if row is None:
            return _NOTHING
        held = self.decision_at(row)
        if held is not None and held.verdict != "skip":
            self._advance()
            return Outcome(f"skipped; your {held.verdict} stays")
        decision = self._append(row, "skip")
        self._advance()
        return Outcome(_said(decision), decision)

    def edit(self, messages: Sequence[Message]) -> Outcome:
        """Record new messages for the row shown, and go on. The recipe's system prompt is no part of an edit.
        Raises UsageError for an empty message."""
        row, example = self.place.row, self.example
        if row is None or example is None:
            return _NOTHING
        edited = tuple(m for m in messages if m.role != "system")
        if edited == tuple(m for m in example.messages if m.role != "system"):
            return Outcome("nothing changed")
        if any(not (m.content.strip() or m.tool_calls) for m in edited):
            raise UsageError(
                "a message is empty", "write something, or leave the editor and drop the example"
            )
        decision = self._append(row, "edit", messages=edited)
        self._advance()
        return Outcome(_said(decision), decision)

    def flag(self, note: str) -> Outcome:
        """Mark the row shown for a second look and stay on it; a verdict in force is kept."""
        row = self.place.row
        if row is None:
            return _NOTHING
        held = self.decision_at(row)
        labels = (*held.labels, SECOND_LOOK) if held else (SECOND_LOOK,)
        decision = self._append(
            row,
            held.verdict if held else "skip",
            labels=tuple(dict.fromkeys(labels)),
            messages=held.messages if held else None,
            reason=held.reason if held else None,
            note=note or None,
        )
        return Outcome(_said(decision), decision)

    def repeat(self) -> Outcome:
        """Keep or drop the row shown as this session's last one was."""
        if self._repeatable is None:
            return Outcome("nothing to repeat yet: keep or drop one first")
        return self.decide(self._repeatable.verdict, self._repeatable.reason)

    def undo(self) -> Outcome:
        """Take back this annotator's latest decision in force, and go to its row."""
        if not self._history.done:
            return Outcome("nothing to undo")
        latest = self._history.done[-1]
        written = self._write(latest.example_id, latest.verdict, undoes=latest.seq)
        return Outcome(f"undone: {_said(latest)}{self._return_to(latest)}", written)

    def redo(self) -> Outcome:
        """Decide again what was undone last, and go to its row."""
        if not self._history.undone:
            return Outcome("nothing to redo")
        again = self._history.undone[-1]
        written = self._write(
            again.example_id,
            again.verdict,
            labels=again.labels,
            messages=again.messages,
            reason=again.reason,
            note=again.note,
        )
        return Outcome(f"redone: {_said(again)}{self._return_to(again)}", written)

    # Inside

    def _append(
        self,
        row: int,
        verdict: Verdict,
        *,
        labels: Sequence[str] = (),
        messages: Sequence[Message] | None = None,
        reason: str | None = None,
        note: str | None = None,
    ) -> Decision:
        return self._write(
            self.corpus.id_of(row), verdict, labels=labels, messages=messages, reason=reason, note=note
        )

    def _write(
        self,
        example_id: str,
        verdict: Verdict,
        *,
        labels: Sequence[str] = (),
        messages: Sequence[Message] | None = None,
        reason: str | None = None,
        note: str | None = None,
        undoes: int | None = None,
    ) -> Decision:
        """On disk first, then in memory."""
        decision = self._journal.append(
            example_id,
            self.annotator,
            verdict,
            labels=labels,
            messages=messages,
            reason=reason,
            note=note,
            dataset_version=self.corpus.version,
            run=self.losses.run if self.losses else None,
            undoes=undoes,
        )
        self._history.apply(decision)
        self._mark(example_id, self.corpus.row_of(example_id))
        return decision

    def _mark(self, example_id: str, row: int) -> None:
        if row != ABSENT:
            current = self._history.current(example_id)
            self._codes[row] = _CODES[current.verdict] if current else _UNTOUCHED

    def _advance(self) -> None:
        if not self.place.go_to_next(self._untouched):
            self.place.go(self.place.position + 1)

    def _return_to(self, decision: Decision) -> str:
        """Goes to the decision's row; where that is not possible, says so."""
        row = self.corpus.row_of(decision.example_id)
        found = row != ABSENT and self.place.go_to_row(row)
        return "" if found else f" ({decision.example_id}, which is not in this list)"

    @property
    def _untouched(self) -> Mask:
        return np.asarray(self._codes == _UNTOUCHED)

    @property
    def _undecided(self) -> Mask:
        return np.asarray(self._untouched | (self._codes == _CODES["skip"]))

    def _mask(self, text: str) -> Mask:
        states = {name: np.asarray(self._codes == _CODES[verdict]) for name, verdict in _STATE_OF.items()}
        states |= {"undecided": self._undecided, "decided": ~self._undecided}
        return Filter.parse(text).mask(self.corpus, states)

    def _build(self, name: str) -> Queue:
        return build_queue(name, self.corpus, self.losses, self._undecided)


_NOTHING = Outcome("no example is shown: change the filter or the queue")


def _said(decision: Decision) -> str:
    words = _SAID[decision.verdict]
    if decision.labels:
        words = "flagged" if decision.verdict == "skip" else f"{words}, flagged"
    detail = decision.note if decision.labels else decision.reason
    return f"{words}: {detail}" if detail else words
