"""Questions that have contradicting answers, side by side: which of two examples is to stay.

Each decision is two rows of the journal written as one, so that one undo takes both back.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow.compute as pc

from curate.stages.dedup import CONTRADICTION, Dedup
from curate.version import DatasetVersion
from schemas.decision import Decision, Verdict
from schemas.example import Example
from tui.model.corpus import ABSENT, Corpus
from tui.model.heard import Heard
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
    """Rows of the corpus, the one that is flagged on the left; `score`: how alike their questions are."""

    left: int
    right: int
    score: float


def opposed(dataset: DatasetVersion, corpus: Corpus) -> list[Opposed]:
    """Pairs of which both are in the version, each once, in the order of the ledger. Raises VersionError."""
    filters = [("stage", "=", Dedup.name), ("reason", "=", CONTRADICTION)]
    events = dataset.read("ledger.parquet", _COLUMNS, filters)
    events = events.filter(pc.is_valid(events["matched_id"]))
    left, right = corpus.rows_of(events["example_id"]), corpus.rows_of(events["matched_id"])
    scores = events["score"].to_numpy(zero_copy_only=False)
    there = np.flatnonzero((left != ABSENT) & (right != ABSENT) & (left != right))
    pairs: dict[frozenset[int], Opposed] = {}
    for at in there.tolist():
        one = Opposed(int(left[at]), int(right[at]), float(scores[at]))
        pairs.setdefault(frozenset((one.left, one.right)), one)
    return list(pairs.values())


class Contradictions:
    """Both sides as the version has them."""

    def __init__(self, review: Review, pairs: list[Opposed]) -> None:
        self._review = review
        self._pairs = pairs
        self._heard = Heard(review.verdicts.journal)
        self.cursor = Cursor(len(pairs))
        self.cursor.go(next((at for at in range(len(pairs)) if not self.done(at)), 0))

    def __len__(self) -> int:
        return len(self._pairs)

    @property
    def open(self) -> int:
        """Pairs that this annotator did not decide."""
        return sum(not self.done(at) for at in range(len(self)))

    def line(self, at: int) -> str:
        pair = self._pairs[at]
        marks = "".join(
            (_MARKS[v.verdict] if (v := self._own(row)) else "·") for row in (pair.left, pair.right)
        )
        return f"{marks} {pair.score:.2f} {self._review.corpus.preview(pair.left)}"

    def done(self, at: int) -> bool:
        """Whether this annotator decided on both."""
        pair = self._pairs[at]
        return self._own(pair.left) is not None and self._own(pair.right) is not None

    @property
    def sides(self) -> tuple[Example, Example] | None:
        if not self._pairs:
            return None
        pair = self._pairs[self.cursor.position]
        return self._review.corpus.example(pair.left), self._review.corpus.example(pair.right)

    def own(self, example_id: str) -> Decision | None:
        """This annotator's verdict in force."""
        return self._heard.verdict(example_id, self._review.verdicts.annotator)

    def choose(self, choice: Choice) -> Outcome:
        """Keep and drop as chosen, then go to the next pair that is not decided."""
        sides = self.sides
        if sides is None:
            return Outcome("no contradiction is shown")
        verdicts = self._review.verdicts
        drafts = [
            verdicts.draft(example.example_id, verdict, reason=CONTRADICTION if verdict == "drop" else None)
            for example, verdict in zip(sides, _VERDICTS[choice], strict=True)
        ]
        written = verdicts.write_batch(drafts)
        self.refresh()
        self.to_next()
        return Outcome(f"kept {choice}" if choice != "neither" else "dropped both", written[-1])

    def to_next(self) -> Outcome | None:
        """To the next pair that is not decided, round the end; an outcome only where there is none."""
        here = self.cursor.position
        found = next((at for at in (*range(here + 1, len(self)), *range(here)) if not self.done(at)), None)
        if found is None:
            return Outcome("no other pair is open")
        self.cursor.go(found)
        return None

    def undo(self) -> Outcome:
        return self._after(self._review.undo())

    def redo(self) -> Outcome:
        return self._after(self._review.redo())

    def refresh(self) -> None:
        """After decisions, here or elsewhere."""
        self._heard.catch_up()
        self._review.team.catch_up()

    def _after(self, outcome: Outcome) -> Outcome:
        self.refresh()
        if outcome.decision is not None:
            row = self._review.corpus.row_of(outcome.decision.example_id)
            at = next((i for i, p in enumerate(self._pairs) if row in (p.left, p.right)), None)
            if at is not None:
                self.cursor.go(at)
        return outcome

    def _own(self, row: int) -> Decision | None:
        return self.own(self._review.corpus.id_of(row))


_MARKS = {"keep": "K", "drop": "D", "edit": "E", "skip": "·"}
