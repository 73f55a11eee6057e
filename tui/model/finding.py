"""Moving in a review and choosing what it lists: another queue, a filter, an order, marks."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from curate.journal import standing
from schemas.errors import UsageError
from tui.model.corpus import Rows
from tui.model.filters import Filter, Ground
from tui.model.measures import Measure
from tui.model.outcome import NOTHING, Outcome
from tui.model.queues import Queue, available
from tui.model.shown import Shown


@dataclass(frozen=True, slots=True)
class Search:
    """A filter ready to be looked for, in a thread if need be; `rows` raises UsageError."""

    filter: Filter
    rows: Callable[[], Rows]


class Finding(Shown):
    """Whatever raises here leaves the list as it was."""

    def to_undecided(self, *, back: bool = False) -> Outcome | None:
        """To the nearest row that waits for this annotator; an outcome only where there is none."""
        found = self.place.go_to_next(self._waiting, back=back)
        return None if found else Outcome("no other example is undecided here")

    @property
    def queues(self) -> list[str]:
        """Names of those that can be shown; a run may still lack what one of them needs."""
        return available(self.corpus, self.losses, self.team.conflicts)

    def use_queue(self, name: str) -> None:
        """Show another queue in its own order under the same filter, from its first untouched row. Raises
        UsageError."""
        self.team.catch_up()
        queue = self._build(name)
        rows = self._search(Filter.parse(self.filter_text), queue, None).rows()
        self.queue, self.sorted_by = queue, None
        self._arrange(rows)
        self.place.go_to_first(self._waiting)

    def next_queue(self) -> Outcome:
        """The next that can be shown: a run may not have measured what one needs."""
        names = self.queues
        here = names.index(self.queue.name) if self.queue.name in names else len(names) - 1
        for name in (*names[here + 1 :], *names[:here]):
            with suppress(UsageError):
                self.use_queue(name)
                break
        return Outcome(f"queue: {self.queue.name}")

    @property
    def filter_now(self) -> Filter:
        return Filter.parse(self.filter_text)

    def search(self, text: str) -> Search:
        """Raises UsageError for text that means nothing."""
        return self._search(Filter.parse(text), self.queue, self.sorted_by)

    def show_found(self, search: Search, rows: Rows) -> Outcome:
        """List what a search found, staying on the row shown where it is among it."""
        shown = self.place.row
        self.filter_text = search.filter.text
        self._arrange(rows)
        if shown is None or not self.place.go_to_row(shown):
            self.place.go_to_first(self._waiting)
        return Outcome(
            f"{len(rows):,} of {len(self.queue.rows):,} match" if self.filter_text else "all shown"
        )

    def filter(self, text: str) -> Outcome:
        """Show only the rows of the queue that match. Raises UsageError."""
        search = self.search(text)
        return self.show_found(search, search.rows())

    def sort(self, name: str | None, *, descending: bool = True) -> Outcome:
        """List by a measure, or as the queue has it; rows without the number stand last. Stays on the row
        shown. Raises UsageError."""
        shown = self.place.row
        measure = self.measures.of(name) if name is not None else None
        order = self._search(self.filter_now, self.queue, None).rows()
        self.sorted_by = measure
        self.descending = descending
        self._arrange(_sorted(order, measure, descending=descending))
        if shown is not None:
            self.place.go_to_row(shown)
        if measure is None:
            return Outcome(f"in the order of queue {self.queue.name}")
        return Outcome(f"by {measure.name}, {'highest' if descending else 'lowest'} first")

    # Marks

    def mark(self) -> Outcome:
        """Mark the row shown or take its mark away, and go on to the next."""
        row = self.place.row
        if row is None:
            return NOTHING
        self.marks.toggle(row)
        self.place.go(self.place.position + 1)
        return self._marked()

    def mark_range(self) -> Outcome:
        """Mark all rows from the one marked last to this one."""
        row, latest = self.place.row, self.marks.latest
        start = self.place.position_of(latest) if latest is not None else None
        if row is None:
            return NOTHING
        if start is None:
            return Outcome("mark where it begins first")
        low, high = sorted((start, self.place.position))
        self.marks.mark(self.place.order[low : high + 1])
        return self._marked()

    def mark_all(self) -> Outcome:
        """Mark all that is listed; where all is, take the marks away."""
        if not len(self.place):
            return NOTHING
        listed = self.place.order
        self.marks.mark(listed, wanted=not self.marks.mask[listed].all())
        return self._marked()

    def _marked(self) -> Outcome:
        return Outcome(f"{self.marks.count:,} marked" if self.marks.count else "none marked")

    # Inside

    def _search(self, wanted: Filter, queue: Queue, measure: Measure | None) -> Search:
        ground = self.ground(wanted)
        descending = self.descending

        def rows() -> Rows:
            order = queue.rows
            if wanted.terms:
                order = order[wanted.mask(ground)[order]]
            return _sorted(order, measure, descending=descending)

        return Search(wanted, rows)

    def ground(self, wanted: Filter | None = None) -> Ground:
        """What filters look at, as it stands now; decisions only where `wanted` asks for them, or all.
        Raises UsageError where these are hidden."""
        decided = wanted is None or wanted.asks_decisions
        annotator = self.verdicts.annotator if self.blind else None
        return Ground(
            corpus=self.corpus,
            measures=self.measures,
            codes=self.verdicts.snapshot(),
            marked=self.marks.mask,
            ledger=self.ledger,
            decisions=tuple(standing(self.verdicts.journal.decisions(None, annotator))) if decided else (),
        )


def _sorted(order: Rows, measure: Measure | None, *, descending: bool) -> Rows:
    if measure is None:
        return order
    values = measure.values[order]
    at = np.argsort(-values if descending else values, kind="stable")  # NaN last, either way
    return np.asarray(order[at])
