"""All that was decided, the latest first: to look through, to jump from, and to take back one's own."""

import shlex
from collections.abc import Callable, Sequence
from datetime import datetime

from rich.cells import cell_len

from curate.statements import labels_in_words
from schemas.decision import VERDICTS, Decision
from schemas.errors import UsageError
from tui.model.corpus import ABSENT
from tui.model.facts import Section
from tui.model.listing import Cursor
from tui.model.outcome import Outcome, moment, said
from tui.model.review import Review
from tui.safe_text import visible_line
from tui.wrapping import fit

_Test = Callable[[Decision], bool]
_SAID, _WHO = 7, 12  # cells of columns: of what was said the least, of who said it the most
_TIME, _DATE = 8, 11  # of when: all today, or not
LOG_HELP = "by:ada, verdict:drop, id:3fa9, or words of reason, note and labels"


class Log:
    """Follows the journal; one's own decisions alone where the review is blind."""

    def __init__(self, review: Review, decisions: Sequence[Decision]) -> None:
        """`decisions` are the journal's, oldest first."""
        self._review = review
        self._all: list[Decision] = []
        self._undone: dict[int, Decision] = {}
        self.filter_text = ""
        self.cursor = Cursor()
        self._widest = 1  # name
        self._take_in(decisions)
        self._list(None)

    def refresh(self) -> None:
        """Reads what was decided since, and stays on the decision chosen."""
        after = self._all[-1].seq if self._all else 0
        chosen = self.chosen
        self._take_in(self._review.verdicts.journal.decisions(after=after))
        self._list(chosen)

    def find(self, text: str) -> Outcome:
        """List those that match all terms. Raises UsageError, and then nothing changes."""
        _test(text)
        chosen = self.chosen
        self.filter_text = text.strip()
        self._list(chosen)
        return Outcome(f"{len(self):,} of {len(self._all):,} decisions" if self.filter_text else "all listed")

    def take_back(self) -> Outcome:
        """Undo the decision chosen, one's own. Raises UsageError for any other, JournalError."""
        chosen = self.chosen
        if chosen is None:
            return Outcome("no decision is listed")
        if chosen.undoes is not None or chosen.seq in self._undone:
            raise UsageError("this is undone, or is itself an undo", "choose a decision that is in force")
        return self.followed(self._review.take_back(chosen))

    @property
    def chosen(self) -> Decision | None:
        return self._shown[self.cursor.position] if len(self) else None

    @property
    def sections(self) -> list[Section]:
        """All that the decision chosen says."""
        decision = self.chosen
        if decision is None:
            return []
        lines = [
            f"{moment(decision):%Y-%m-%d %H:%M:%S} · {decision.annotator} · {self._said(decision)}",
            f"example {decision.example_id}"
            + ("" if self.row != ABSENT else ", which is not in this version"),
            *([f"labels {', '.join(labels_in_words(decision.labels))}"] if decision.labels else []),
            *([f"note {decision.note}"] if decision.note else []),
            f"seen in version {decision.dataset_version or '–'}, run {decision.run or '–'}",
            *(["one of several that were made at once"] if decision.batch else []),
        ]
        undo = self._undone.get(decision.seq)
        if undo is not None:
            lines.append(f"undone {moment(undo):%Y-%m-%d %H:%M:%S} by {undo.annotator}")
        return [(f"Decision {decision.seq:,}", lines)]

    @property
    def row(self) -> int:
        """Of the example of the decision chosen; ABSENT where the version does not hold it."""
        decision = self.chosen
        return self._review.corpus.row_of(decision.example_id) if decision else ABSENT

    # What is listed

    def __len__(self) -> int:
        return len(self._shown)

    def line(self, at: int) -> str:
        decision = self._shown[at]
        written = moment(decision)
        today = written.date() == datetime.now().date()
        when = f"{written:%H:%M:%S}" if today else f"{written:%m-%d %H:%M}"
        who = fit(visible_line(decision.annotator), self._widest)
        return f"{when:<{self._when}} {who} {self._said(decision):<{_SAID}}  {self._begins(decision)}"

    def done(self, at: int) -> bool:
        decision = self._shown[at]
        return decision.undoes is not None or decision.seq in self._undone

    def followed(self, outcome: Outcome) -> Outcome:
        """With what was written listed too."""
        self.refresh()
        return outcome

    @property
    def _when(self) -> int:
        """Cells of the column: the oldest decision has the longest."""
        return _TIME if self._all and moment(self._all[0]).date() == datetime.now().date() else _DATE

    def _begins(self, decision: Decision) -> str:
        """The beginning of its example."""
        row = self._review.corpus.row_of(decision.example_id)
        return self._review.corpus.preview(row) if row != ABSENT else ""

    def _said(self, decision: Decision) -> str:
        if decision.undoes is not None:
            return f"undid {decision.undoes:,}"
        return f"{said(decision)}{' (undone)' if decision.seq in self._undone else ''}"

    def _take_in(self, decisions: Sequence[Decision]) -> None:
        own = self._review.verdicts.annotator if self._review.blind else None
        for decision in decisions:
            if own in (None, decision.annotator):
                self._all.append(decision)
                self._widest = max(self._widest, min(_WHO, cell_len(visible_line(decision.annotator))))
                if decision.undoes is not None:
                    self._undone[decision.undoes] = decision

    def _list(self, chosen: Decision | None) -> None:
        test = _test(self.filter_text)
        self._shown = [decision for decision in reversed(self._all) if test(decision)]
        self.cursor.resize(len(self._shown))
        if chosen is not None:
            at = next((i for i, d in enumerate(self._shown) if d.seq == chosen.seq), self.cursor.position)
            self.cursor.go(at)


def _test(text: str) -> _Test:
    """Raises UsageError for a verdict that is none."""
    try:
        terms = shlex.split(text)
    except ValueError:
        terms = text.replace('"', " ").split()
    tests = [_term(term) for term in terms]
    return lambda decision: all(test(decision) for test in tests)


def _term(term: str) -> _Test:
    name, colon, value = term.partition(":")
    if colon and name == "by":
        return lambda d: value.casefold() in d.annotator.casefold()
    if colon and name == "id":
        return lambda d: d.example_id.startswith(value)
    if colon and name == "verdict":
        if value not in VERDICTS:
            raise UsageError(f"{value!r} is no verdict", f"use one of {', '.join(VERDICTS)}")
        return lambda d: d.verdict == value and d.undoes is None
    word = term.casefold()
    return lambda d: any(word in text.casefold() for text in (d.reason or "", d.note or "", *d.labels))
