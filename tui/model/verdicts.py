"""One annotator's verdicts over a corpus: on disk first, then by row for screen, filters and counts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypedDict, Unpack, cast

import numpy as np
from numpy.typing import NDArray

from curate.journal import Journal
from schemas.decision import VERDICTS, Decision, Verdict
from schemas.errors import UsageError
from schemas.example import Message
from tui.model.before import Before
from tui.model.corpus import ABSENT, Corpus, Mask, Rows
from tui.model.history import History
from tui.model.outcome import own_labels
from tui.model.past import Past

Codes = NDArray[np.int8]
_UNTOUCHED = 0
_CODES = {verdict: code for code, verdict in enumerate(VERDICTS, start=1)}
_SKIPPED = _CODES["skip"]
_UNDECIDED = (_UNTOUCHED, _SKIPPED)
_STATE_OF = {"skipped": "skip", "kept": "keep", "dropped": "drop", "edited": "edit"}
STATES = ("undecided", "decided", *_STATE_OF)


class Given(TypedDict, total=False):
    """What a decision may say beside its verdict."""

    labels: tuple[str, ...]
    messages: tuple[Message, ...] | None
    reason: str | None
    note: str | None
    undoes: int | None


class Verdicts:
    """`run` is the run whose losses the annotator saw, or None; it is written with each decision."""

    def __init__(self, corpus: Corpus, journal: Journal, annotator: str, run: str | None, past: Past) -> None:
        """`past` is the journal as it stood just now."""
        self.journal = journal
        self.annotator = annotator
        self._under_way: str | None = None  # the batch that is being written, step by step
        self._corpus = corpus
        self._run = run
        own = past.own(annotator)
        self.history = History(annotator, before=Before(journal, annotator, own))
        self._codes = np.zeros(len(corpus), dtype=np.int8)
        for codes, rows in own.verdicts():
            self._codes[rows] = codes + 1
        self._flagged = np.zeros(len(corpus), dtype=np.bool_)
        self._flagged[own.flagged()] = True
        self._turned: list[tuple[int, int]] = []
        self._row_of: dict[str, int] = {}

    def verdict(self, row: int) -> Verdict | None:
        """The one in force, without what it says; a skip only where nothing else was decided."""
        code = int(self._codes[row])
        return cast(Verdict, VERDICTS[code - 1]) if code else None

    def is_flagged(self, row: int) -> bool:
        return bool(self._flagged[row])

    def current(self, row: int) -> Decision | None:
        """The decision in force; a skip only where nothing else was decided."""
        return self.history.current(self._corpus.id_of(row)) if self._codes[row] else None

    def flag(self, row: int) -> Decision | None:
        """The latest flag in force."""
        return self.history.flagged(self._corpus.id_of(row)) if self._codes[row] else None

    def labels(self, row: int) -> tuple[str, ...]:
        """The labels that this annotator gave the row."""
        latest = self.history.latest(self._corpus.id_of(row)) if self._codes[row] else None
        return own_labels(latest.labels) if latest else ()

    @property
    def undoable(self) -> list[Decision]:
        """What one undo takes back, the latest first: a batch, or a single decision, or nothing."""
        return self.history.undoable

    @property
    def redoable(self) -> list[Decision]:
        """What one redo brings back, in the order in which it was decided."""
        return self.history.redoable

    @property
    def today(self) -> int:
        """Verdicts of this local day that are in force, skips left out."""
        return self.history.decided_on(date.today())

    def untouched(self, rows: Rows) -> Mask:
        """Of these rows, those neither decided nor skipped."""
        return np.asarray(self._codes[rows] == _UNTOUCHED)

    def undecided(self, rows: Rows) -> Mask:
        """Of these rows, those without a verdict, skipped ones too."""
        codes = self._codes[rows]
        return np.asarray((codes == _UNTOUCHED) | (codes == _SKIPPED))

    def turned(self) -> list[tuple[int, int]]:
        """Rows that got a verdict (-1) or lost it (1) since this was asked last."""
        turned, self._turned = self._turned, []
        return turned

    def snapshot(self) -> Codes:
        """What `in_state` is asked of, as it stands now: a search in a thread must not see it change."""
        return self._codes.copy()

    def row_of(self, example_id: str) -> int:
        """The row of an example, or ABSENT."""
        found = self._row_of.get(example_id)
        return self._corpus.row_of(example_id) if found is None else found

    def write(self, example_id: str, verdict: Verdict, **given: Unpack[Given]) -> Decision:
        """On disk when this returns. Raises JournalError, and then nothing changed."""
        return self.record(self.draft(example_id, verdict, **given))

    def record(self, draft: Decision) -> Decision:
        """On disk when this returns. Raises JournalError, or UsageError while many are being written; then
        nothing changed."""
        self._refuse_while_many()
        decision = self.journal.append(
            draft.example_id,
            draft.annotator,
            draft.verdict,
            labels=draft.labels,
            messages=draft.messages,
            reason=draft.reason,
            note=draft.note,
            dataset_version=draft.dataset_version,
            run=draft.run,
            undoes=draft.undoes,
        )
        self._take_in(decision)
        return decision

    def draft(self, example_id: str, verdict: Verdict, **given: Unpack[Given]) -> Decision:
        """A decision of this annotator that is not yet written."""
        return Decision(
            0,
            example_id,
            self.annotator,
            verdict,
            dataset_version=self._corpus.version,
            run=self._run,
            **given,
        )

    def draft_on(self, row: int, verdict: Verdict, **given: Unpack[Given]) -> Decision:
        """The same on a row, which need not be looked for when it is written."""
        example_id = self._corpus.id_of(row)
        self._row_of[example_id] = row
        return self.draft(example_id, verdict, **given)

    @property
    def rows(self) -> Mapping[str, int]:
        """The rows of examples that this annotator decided on, or is about to."""
        return self._row_of

    def write_batch(self, drafts: Sequence[Decision], batch: str | None = None) -> list[Decision]:
        """All on disk when this returns, or none: as a batch of their own, or going on with `batch`. Raises
        JournalError, or UsageError while another is being written, and then nothing changed."""
        if batch is None or batch != self._under_way:
            self._refuse_while_many()
        decisions = self.journal.append_batch(drafts, batch)
        new = [d.example_id for d in decisions if d.example_id not in self._row_of]
        if new:
            self._row_of |= dict(zip(new, self._corpus.rows_of(new).tolist(), strict=True))
        for decision in decisions:
            self._take_in(decision)
        return decisions

    def begin(self, batch: str) -> None:
        """Until `end`, only this batch is written. Raises UsageError while another is."""
        self._refuse_while_many()
        self._under_way = batch

    def end(self) -> None:
        self._under_way = None

    def _refuse_while_many(self) -> None:
        """What came between would part a batch in two, which one undo could not take back."""
        if self._under_way is not None:
            raise UsageError("many examples are being decided", "wait a moment, or stop it with esc")

    def _take_in(self, decision: Decision) -> None:
        name = decision.example_id
        if name not in self._row_of:
            self._row_of[name] = self._corpus.row_of(name)
        if self._row_of[name] != ABSENT and self._codes[self._row_of[name]] == _UNTOUCHED:
            self.history.nothing_on(name)
        self.history.apply(decision)
        self._mark(name)

    def _mark(self, example_id: str) -> None:
        row = self._row_of[example_id]
        if row != ABSENT:
            current, was = self.history.current(example_id), int(self._codes[row]) in _UNDECIDED
            self._codes[row] = _CODES[current.verdict] if current else _UNTOUCHED
            self._flagged[row] = self.history.flagged(example_id) is not None
            now = int(self._codes[row]) in _UNDECIDED
            if now != was:
                self._turned.append((row, now - was))


def in_state(codes: Codes, state: str) -> Mask:
    """Rows in one of STATES."""
    if state in _STATE_OF:
        return np.asarray(codes == _CODES[_STATE_OF[state]])
    undecided = (codes == _UNTOUCHED) | (codes == _SKIPPED)
    return np.asarray(undecided if state == "undecided" else ~undecided)
