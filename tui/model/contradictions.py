"""Questions that have contradicting answers, side by side: which of two examples is to stay.

Each decision is two rows of the journal written as one, so that one undo takes both back.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from curate.version import DatasetVersion
from schemas.decision import Decision, Verdict
from schemas.example import Example
from tui.model.corpus import ABSENT, Corpus
from tui.model.listing import Cursor
from tui.model.outcome import Outcome
from tui.model.review import Review

Choice = Literal["left", "right", "both", "neither"]
_VERDICTS: dict[Choice, tuple[Verdict, Verdict]] = {
    "left": ("keep", "drop"),
    "right": ("drop", "keep"),
    "both": ("keep", "keep"),
    "neither": ("drop", "drop"),
}
_COLUMNS = ("example_id", "matched_id", "score", "stage", "reason")


@dataclass(frozen=True, slots=True)
class Opposed:
    """Pairs of rows of the corpus: `rows` (n, 2), the one that is flagged on the left; `scores` (n,): how
    alike their questions are."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]


def opposed(dataset: DatasetVersion, corpus: Corpus) -> Opposed:
    """Pairs of which both are in the version, each once, in the order of the ledger. Raises VersionError."""
    from curate.stages.dedup import CONTRADICTION, Dedup

    filters = [("stage", "=", Dedup.name), ("reason", "=", CONTRADICTION)]
    events = dataset.read("ledger.parquet", _COLUMNS, filters)
    events = events.filter(pc.is_valid(events["matched_id"]))
    rows = np.stack([corpus.rows_of(events["example_id"]), corpus.rows_of(events["matched_id"])], axis=1)
    there = np.flatnonzero((rows != ABSENT).all(axis=1) & (rows[:, 0] != rows[:, 1]))
    _, first = np.unique(np.sort(rows[there], axis=1), axis=0, return_index=True)
    once = there[np.sort(first)]
    return Opposed(rows[once], np.asarray(events["score"], dtype=np.float64)[once])


class Contradictions:
    """Both sides as the version has them."""

    def __init__(self, review: Review, pairs: Opposed) -> None:
        self._review = review
        self._pairs = pairs
        self.cursor = Cursor(len(pairs.rows))
        self.open = 0  # pairs that this annotator did not decide
        self.refresh()
        if self.open:
            self.cursor.go(int(self._undecided.argmax()))

    def __len__(self) -> int:
        return len(self._pairs.rows)

    def line(self, at: int) -> str:
        left, right = self._pairs.rows[at].tolist()
        marks = "".join(_MARKS[v.verdict] if (v := self.own(row)) else "·" for row in (left, right))
        return f"{marks} {self._pairs.scores[at]:.2f} {self._review.corpus.preview(left)}"

    def done(self, at: int) -> bool:
        """Whether this annotator decided on both."""
        return not self._undecided[at]

    @property
    def rows(self) -> tuple[int, int] | None:
        """Of the pair shown, the left one and the right one."""
        if not len(self):
            return None
        left, right = self._pairs.rows[self.cursor.position].tolist()
        return left, right

    @property
    def alike(self) -> float:
        """How alike the questions of the pair shown are, 1 where they are the same."""
        return float(self._pairs.scores[self.cursor.position]) if len(self) else 1.0

    @property
    def sides(self) -> tuple[Example, Example] | None:
        rows, corpus = self.rows, self._review.corpus
        return (corpus.example(rows[0]), corpus.example(rows[1])) if rows else None

    def own(self, row: int) -> Decision | None:
        """This annotator's verdict in force."""
        decision = self._review.verdicts.current(row)
        return None if decision is None or decision.verdict == "skip" else decision

    def choose(self, choice: Choice) -> Outcome:
        """Keep and drop as chosen, then go to the next pair that is not decided."""
        from curate.stages.dedup import CONTRADICTION

        rows = self.rows
        if rows is None:
            return Outcome("no contradiction is shown")
        verdicts, corpus = self._review.verdicts, self._review.corpus
        drafts = [
            verdicts.draft(corpus.id_of(row), verdict, reason=CONTRADICTION if verdict == "drop" else None)
            for row, verdict in zip(rows, _VERDICTS[choice], strict=True)
        ]
        written = verdicts.write_batch(drafts)
        self.refresh()
        self.to_next()
        return Outcome(_SAYS[choice], written[-1])

    def to_next(self) -> Outcome | None:
        """To the next pair that is not decided, round the end; an outcome only where there is none."""
        return None if self.cursor.to_next(self._undecided) else Outcome("no other pair is open")

    def refresh(self) -> None:
        """After decisions, here or elsewhere."""
        self._review.team.catch_up()
        verdicts = self._review.verdicts
        self._undecided = np.zeros(len(self), dtype=np.bool_)
        for side in self._pairs.rows.T:
            self._undecided |= verdicts.undecided(side)
        self.open = int(self._undecided.sum())

    def followed(self, outcome: Outcome) -> Outcome:
        """Back to the pair that it was about, where it is one of these."""
        self.refresh()
        if outcome.decision is not None:
            row = self._review.corpus.row_of(outcome.decision.example_id)
            at = np.flatnonzero((self._pairs.rows == row).any(axis=1))
            if len(at):
                self.cursor.go(int(at[0]))
        return outcome


_MARKS = {"keep": "K", "drop": "D", "edit": "E", "skip": "·"}
_SAYS: dict[Choice, str] = {
    "left": "kept left, dropped right",
    "right": "kept right, dropped left",
    "both": "kept both",
    "neither": "dropped both",
}
