"""One verdict or label for many rows: shown first, written in steps, undone as one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from schemas.decision import ADJUDICATED, Decision, Verdict
from schemas.errors import UsageError
from tui.model.adjudicating import Adjudicating
from tui.model.corpus import Rows
from tui.model.many import Many, finished
from tui.model.outcome import Outcome, said

MOST = 100_000  # decisions in one batch: they are kept in memory, and read again at each start
_SAMPLES = 5
_SEED = 17  # the same samples each time one looks


@dataclass(frozen=True, slots=True)
class Selection:
    """`rows` in the order listed; `decided` of them have this annotator's verdict already, which a new one
    would replace; `samples` are some of the rows. `left_out` rows of the list have it and are not meant."""

    rows: Rows
    marked: bool
    decided: int
    left_out: int
    samples: tuple[int, ...]

    @property
    def says(self) -> str:
        what = "marked" if self.marked else "listed and without your verdict"
        parts = [f"{len(self.rows):,} examples, all that are {what}"]
        if self.decided:
            parts.append(f"{self.decided:,} of them have your verdict already, which the new one replaces")
        if self.left_out:
            parts.append(f"{self.left_out:,} listed that you decided stay as they are")
        return "; ".join(parts)


class Bulk(Adjudicating):
    @property
    def selection(self) -> Selection:
        """The marked rows, or where none are marked, those listed that have no verdict of this annotator (in
        conflict, where conflicts are listed)."""
        listed = self.place.order
        if self.marks.count:
            rows, left_out = self.marks.rows, 0
        else:
            open_rows = self.team.conflicts[listed] if self.adjudicating else self.verdicts.undecided(listed)
            rows = listed[open_rows]
            left_out = len(listed) - len(rows)
        decided = len(rows) - int(np.count_nonzero(self.verdicts.undecided(rows)))
        chosen = np.random.default_rng(_SEED).permutation(len(rows))[:_SAMPLES]
        samples = tuple(int(row) for row in rows[np.sort(chosen)])
        return Selection(rows, bool(self.marks.count), decided, left_out, samples)

    def decide_all(self, selection: Selection, verdict: Verdict, reason: str | None = None) -> Outcome:
        """Keep, drop or skip all of them; labels stay, and marks go. Raises UsageError for an edit and for
        more than MOST; JournalError for what cannot be written: then what was written before it stays."""
        return finished(self.deciding_all(selection, verdict, reason))

    def label_all(self, selection: Selection, name: str) -> Outcome:
        """Give all of them this label; verdicts stay, and marks go. Raises as `decide_all`."""
        return finished(self.labelling_all(selection, name))

    def deciding_all(self, selection: Selection, verdict: Verdict, reason: str | None = None) -> Many:
        """The same, in steps."""
        if verdict == "edit":
            raise UsageError("many examples cannot be edited at once", "keep, drop, skip or label them")
        rows = self._bounded(selection.rows)
        if verdict == "skip":  # a verdict given earlier stays, as with a single one
            rows = rows[self.verdicts.undecided(rows)]
        drafts = (self._decided(int(row), verdict, reason) for row in rows)
        return self._all(drafts, rows)

    def labelling_all(self, selection: Selection, name: str) -> Many:
        """The same, in steps."""
        rows = self._bounded(selection.rows)
        drafts = (self._labelled(int(row), name) for row in rows)
        return self._all((draft for draft in drafts if draft is not None), rows)

    def _decided(self, row: int, verdict: Verdict, reason: str | None) -> Decision:
        labels = self.verdicts.labels(row) if verdict == "skip" else self._labels(row)
        return self.verdicts.draft_on(row, verdict, labels=labels, reason=reason)

    def _labelled(self, row: int, name: str) -> Decision | None:
        if name in self.verdicts.labels(row):
            return None
        held = self.verdicts.current(row)
        labels = (*(held.labels if held else ()), *self.verdicts.labels(row), name)
        return self.verdicts.draft_on(
            row,
            held.verdict if held else "skip",
            labels=tuple(dict.fromkeys(label for label in labels if label != ADJUDICATED)),
            messages=held.messages if held else None,
            reason=held.reason if held else None,
            note=held.note if held else None,
        )

    def _bounded(self, rows: Rows) -> Rows:
        if len(rows) > MOST:
            raise UsageError(
                f"{len(rows):,} examples are more than the {MOST:,} that one step may decide",
                "filter or mark fewer",
            )
        return rows

    def _all(self, drafts: Iterator[Decision], rows: Rows) -> Many:
        def ended(many: Many) -> Outcome:
            if many.last is None:
                return Outcome("nothing to change" if many.whole else "nothing was decided")
            reached = (
                len(rows)
                if many.whole
                else np.flatnonzero(rows == self.verdicts.row_of(many.last.example_id))[0] + 1
            )
            self.marks.mark(rows[:reached], wanted=False)
            if self.place.row is not None and not self._waiting(self.place.order[[self.place.position]])[0]:
                self._advance()
            count = f"{many.written:,}" if many.whole else f"stopped: {many.written:,} of {many.total:,}"
            return Outcome(f"{count} {said(many.last)}; u undoes all of them", many.last)

        return Many(self.verdicts, drafts, len(rows), self._follow, ended)
