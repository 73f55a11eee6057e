"""One annotator's verdicts over a corpus: on disk first, then by row for screen, filters and counts."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from curate.journal import Journal
from schemas.decision import VERDICTS, Decision, Verdict
from schemas.example import Message
from tui.model.corpus import ABSENT, Corpus, Mask
from tui.model.history import History

_UNTOUCHED = 0
_CODES = {verdict: code for code, verdict in enumerate(VERDICTS, start=1)}
_STATE_OF = {"skipped": "skip", "kept": "keep", "dropped": "drop", "edited": "edit"}


class Verdicts:
    """`run` is the run whose losses the annotator saw, or None; it is written with each decision."""

    def __init__(self, corpus: Corpus, journal: Journal, annotator: str, run: str | None) -> None:
        self.journal = journal
        self.annotator = annotator
        self._corpus = corpus
        self._run = run
        self._history = History(annotator, journal.decisions(annotator=annotator))
        self._codes = np.zeros(len(corpus), dtype=np.int8)
        touched = self._history.examples()
        for example_id, row in zip(touched, corpus.rows_of(touched), strict=True):
            self._mark(example_id, int(row))

    def current(self, row: int) -> Decision | None:
        """The decision in force; a skip only where nothing else was decided."""
        return self._history.current(self._corpus.id_of(row))

    def flag(self, row: int) -> Decision | None:
        """The latest flag in force."""
        return self._history.flagged(self._corpus.id_of(row))

    @property
    def undoable(self) -> Decision | None:
        return self._history.done[-1] if self._history.done else None

    @property
    def redoable(self) -> Decision | None:
        return self._history.undone[-1] if self._history.undone else None

    @property
    def today(self) -> int:
        """Verdicts of this local day that are in force, skips left out."""
        return self._history.decided_on(date.today())

    @property
    def untouched(self) -> Mask:
        """Rows neither decided nor skipped."""
        return np.asarray(self._codes == _UNTOUCHED)

    @property
    def undecided(self) -> Mask:
        """Rows without a verdict, skipped ones too."""
        return np.asarray(self.untouched | (self._codes == _CODES["skip"]))

    @property
    def states(self) -> dict[str, Mask]:
        """Rows by the words of the `is:` filter."""
        states = {name: np.asarray(self._codes == _CODES[verdict]) for name, verdict in _STATE_OF.items()}
        return states | {"undecided": self.undecided, "decided": ~self.undecided}

    def write(
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
        """On disk when this returns. Raises JournalError, and then nothing changed."""
        decision = self.journal.append(
            example_id,
            self.annotator,
            verdict,
            labels=labels,
            messages=messages,
            reason=reason,
            note=note,
            dataset_version=self._corpus.version,
            run=self._run,
            undoes=undoes,
        )
        self._history.apply(decision)
        self._mark(example_id, self._corpus.row_of(example_id))
        return decision

    def _mark(self, example_id: str, row: int) -> None:
        if row != ABSENT:
            current = self._history.current(example_id)
            self._codes[row] = _CODES[current.verdict] if current else _UNTOUCHED
