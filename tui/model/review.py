"""The review itself: a queue, a place in it, and decisions that are on disk before anything moves.

No widget is known here: the full-screen UI and line mode drive the same object.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from curate.journal import Journal
from schemas.decision import ADJUDICATED, Decision, Verdict
from schemas.errors import UsageError
from schemas.example import Example, Message
from tui.model.corpus import ABSENT, Corpus, Mask, Rows
from tui.model.deal import Deal
from tui.model.family import parent_of
from tui.model.filters import Filter
from tui.model.losses import Losses
from tui.model.place import Place
from tui.model.queues import DISAGREEMENT, Queue, available, build_queue
from tui.model.sides import Side, sides_of
from tui.model.team import Team
from tui.model.verdicts import Verdicts

SECOND_LOOK = "second-look"
_SAID = {"keep": "kept", "drop": "dropped", "edit": "edited", "skip": "skipped"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did: a sentence for the person, and the journal's new row where there is one."""

    says: str
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """`position` counts from 1; `left` are rows of the list without this annotator's verdict, or still in
    conflict where conflicts are listed; `team` are rows of the version that anyone decided, None where nobody
    else did."""

    position: int
    total: int
    today: int
    left: int
    team: int | None


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
        *,
        blind: bool = False,
        deal: Deal | None = None,
    ) -> None:
        """`blind` shows nothing of other annotators' decisions; `deal` leaves what this one gets."""
        self.corpus = corpus
        self.blind = blind
        self.deal = deal
        self._dealt = deal.of(annotator, corpus.ids) if deal else None
        self.losses = losses
        self.verdicts = Verdicts(corpus, journal, annotator, losses.run if losses else None)
        self.team = Team(corpus, journal, annotator)
        self.filter_text = ""
        self._repeatable: Decision | None = None
        self.queue = self._build(queue or ("loss" if losses else "pending"))
        self.place = Place(self.queue.rows)
        self.place.go_to_first(self._waiting)

    # What is shown

    @property
    def example(self) -> Example | None:
        """The example shown, with this annotator's edit if one is in force; in a conflict, as the version has
        it."""
        row = self.place.row
        if row is None:
            return None
        example, decision = self.corpus.example(row), self.verdicts.current(row)
        if decision is None or decision.messages is None or (self.adjudicating and self.team.conflicts[row]):
            return example
        prompt = tuple(m for m in example.messages if m.role == "system")
        return replace(example, messages=(*prompt, *decision.messages))

    @property
    def parent(self) -> Example | None:
        """What the example shown was made from, as it stands in the version; None for one that is no
        child."""
        example = self.example
        return parent_of(self.corpus, example) if example else None

    @property
    def adjudicating(self) -> bool:
        """Whether what is decided here ends conflicts."""
        return self.queue.name == DISAGREEMENT

    @property
    def sides(self) -> list[Side]:
        """What each annotator says of the example shown, where conflicts are listed."""
        row = self.place.row
        if row is None or not self.adjudicating:
            return []
        return sides_of(self.corpus.example(row), self.team.sides(row))

    def signal_at(self, row: int) -> float:
        """What put the row where it is; NaN where nothing did."""
        return float(self.queue.signal[row])

    @property
    def progress(self) -> Progress:
        n = len(self.place)
        open_rows = self.team.conflicts if self.adjudicating else self.verdicts.undecided
        left = int(np.count_nonzero(open_rows[self.place.order]))
        team = int(np.count_nonzero(self.team.decided)) if self.team.others else None
        return Progress(self.place.position + 1 if n else 0, n, self.verdicts.today, left, team)

    def decisions_on(self, example_id: str) -> list[Decision]:
        """Everyone's rows of the journal on one example, oldest first; one's own alone when blind."""
        annotator = self.verdicts.annotator if self.blind else None
        return self.verdicts.journal.decisions(example_id, annotator)

    # Moving

    def to_undecided(self, *, back: bool = False) -> Outcome | None:
        """To the nearest row that waits for this annotator; an outcome only where there is none."""
        found = self.place.go_to_next(self._waiting, back=back)
        return None if found else Outcome("no other example is undecided here")

    def use_queue(self, name: str) -> None:
        """Show another queue under the same filter, from its first untouched row. Raises UsageError."""
        self.team.catch_up()
        queue = self._build(name)
        self.queue, self.place = queue, Place(self._matching(self.filter_text, queue))
        self.place.go_to_first(self._waiting)

    def next_queue(self) -> Outcome:
        """The next that can be shown: a run may not have measured what one needs."""
        names = available(self.corpus, self.losses, self.team.conflicts)
        here = names.index(self.queue.name) if self.queue.name in names else len(names) - 1
        for name in (*names[here + 1 :], *names[:here]):
            with suppress(UsageError):
                self.use_queue(name)
                break
        return Outcome(f"queue: {self.queue.name}")

    def filter(self, text: str) -> Outcome:
        """Show only the rows of the queue that match, staying on the row shown where it does.
        Raises UsageError, and then all stays as it was."""
        order = self._matching(text, self.queue)
        shown = self.place.row
        self.filter_text = text.strip()
        self.place = Place(order)
        if shown is None or not self.place.go_to_row(shown):
            self.place.go_to_first(self._waiting)
        return Outcome(
            f"{len(order):,} of {len(self.queue.rows):,} match" if self.filter_text else "all shown"
        )

    # Deciding

    def decide(self, verdict: Verdict, reason: str | None = None) -> Outcome:
        """Keep or drop the row shown, and go to the next untouched one."""
        row = self.place.row
        if row is None:
            return _NOTHING
        self._repeatable = decision = self._followed(
            self.verdicts.write(self.corpus.id_of(row), verdict, labels=self._labels, reason=reason)
        )
        self._advance()
        return Outcome(_said(decision), decision)

    def skip(self) -> Outcome:
        """Go on; a verdict given earlier stays."""
        row = self.place.row
        if row is None:
            return _NOTHING
        held = self.verdicts.current(row)
        if held is not None and held.verdict != "skip":
            self._advance()
            return Outcome(f"skipped; your {held.verdict} stays")
        decision = self._followed(self.verdicts.write(self.corpus.id_of(row), "skip"))
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
        decision = self._followed(
            self.verdicts.write(self.corpus.id_of(row), "edit", labels=self._labels, messages=edited)
        )
        self._advance()
        return Outcome(_said(decision), decision)

    def side_with(self, whose: str) -> Outcome:
        """End the conflict on the row shown as one of its annotators decided, named by number or name, and go
        on. Raises UsageError for a name that is not among them."""
        row = self.place.row
        if row is None:
            return _NOTHING
        if not self.adjudicating:
            return Outcome(f"only in the queue {DISAGREEMENT}")
        sides = self.team.sides(row)
        named = {str(number): d for number, d in enumerate(sides, start=1)} | {d.annotator: d for d in sides}
        chosen = named.get(whose.strip())
        if chosen is None:
            raise UsageError(f"{whose!r} has no side here", f"type one of {', '.join(named)}")
        decision = self._followed(
            self.verdicts.write(
                chosen.example_id,
                chosen.verdict,
                labels=tuple(dict.fromkeys([*chosen.labels, ADJUDICATED])),
                messages=chosen.messages,
                reason=chosen.reason,
            )
        )
        self._advance()
        return Outcome(f"{_said(decision)}, as {chosen.annotator} would", decision)

    def flag(self, note: str) -> Outcome:
        """Mark the row shown for a second look and stay on it; a verdict in force is kept."""
        row = self.place.row
        if row is None:
            return _NOTHING
        held = self.verdicts.current(row)
        labels = (*held.labels, SECOND_LOOK) if held else (SECOND_LOOK,)
        decision = self._followed(
            self.verdicts.write(
                self.corpus.id_of(row),
                held.verdict if held else "skip",
                labels=tuple(dict.fromkeys(labels)),
                messages=held.messages if held else None,
                reason=held.reason if held else None,
                note=note or None,
            )
        )
        return Outcome(_said(decision), decision)

    def repeat(self) -> Outcome:
        """Keep or drop the row shown as this session's last one was."""
        if self._repeatable is None:
            return Outcome("nothing to repeat yet: keep or drop one first")
        return self.decide(self._repeatable.verdict, self._repeatable.reason)

    def undo(self) -> Outcome:
        """Take back this annotator's latest decision in force, and go to its row."""
        latest = self.verdicts.undoable
        if latest is None:
            return Outcome("nothing to undo")
        written = self._followed(self.verdicts.write(latest.example_id, latest.verdict, undoes=latest.seq))
        return Outcome(f"undone: {_said(latest)}{self._return_to(latest)}", written)

    def redo(self) -> Outcome:
        """Decide again what was undone last, and go to its row."""
        again = self.verdicts.redoable
        if again is None:
            return Outcome("nothing to redo")
        written = self._followed(
            self.verdicts.write(
                again.example_id,
                again.verdict,
                labels=again.labels,
                messages=again.messages,
                reason=again.reason,
                note=again.note,
            )
        )
        return Outcome(f"redone: {_said(again)}{self._return_to(again)}", written)

    # Inside

    @property
    def _waiting(self) -> Mask:
        """Rows to go to of oneself."""
        return self.team.conflicts if self.adjudicating else self.verdicts.untouched

    @property
    def _labels(self) -> tuple[str, ...]:
        return (ADJUDICATED,) if self.adjudicating else ()

    def _followed(self, decision: Decision) -> Decision:
        """A decision that was written, which the team's state knows from here on."""
        self.team.catch_up()
        return decision

    def _advance(self) -> None:
        if not self.place.go_to_next(self._waiting):
            self.place.go(self.place.position + 1)

    def _return_to(self, decision: Decision) -> str:
        """Goes to the decision's row; where that is not possible, says so."""
        row = self.corpus.row_of(decision.example_id)
        found = row != ABSENT and self.place.go_to_row(row)
        return "" if found else f" ({decision.example_id}, which is not in this list)"

    def _matching(self, text: str, queue: Queue) -> Rows:
        """The queue's rows that a filter lets through, in order."""
        mask = Filter.parse(text).mask(self.corpus, self.verdicts.states)
        return np.asarray(queue.rows[mask[queue.rows]])

    def _build(self, name: str) -> Queue:
        if name == DISAGREEMENT and self.blind:
            raise UsageError(
                f"the queue {name} shows what others decided, and --blind hides it",
                "leave out one of the two",
            )
        queue = build_queue(name, self.corpus, self.losses, self.verdicts.undecided, self.team.conflicts)
        if self._dealt is None or name == DISAGREEMENT:
            return queue
        return replace(queue, rows=queue.rows[self._dealt[queue.rows]])


_NOTHING = Outcome("no example is shown: change the filter or the queue")


def _said(decision: Decision) -> str:
    words = _SAID[decision.verdict]
    flagged = bool(set(decision.labels) - {ADJUDICATED})
    if decision.adjudicates:
        words = f"{words}, adjudicated"
    if flagged:
        words = "flagged" if decision.verdict == "skip" else f"{words}, flagged"
    detail = decision.note if flagged else decision.reason
    return f"{words}: {detail}" if detail else words
