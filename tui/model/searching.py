"""Filtering a review's list, and going from hit to hit of the words that a filter looks for."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tui.model.corpus import Rows
from tui.model.filters import Filter, Ground
from tui.model.hits import Hit, hits_in
from tui.model.measures import Measure
from tui.model.outcome import NOTHING, Outcome
from tui.model.queues import Queue
from tui.model.shown import Shown


@dataclass(frozen=True, slots=True)
class Search:
    """A filter ready to be looked for, in a thread if need be; `rows` raises UsageError."""

    filter: Filter
    queue: Queue
    sorted_by: Measure | None
    rows: Callable[[], Rows]


class Searching(Shown):
    """Whatever raises here leaves the list as it was."""

    _hit: tuple[int | None, Hit] | None = None  # the row, and where in it

    @property
    def filter_now(self) -> Filter:
        return Filter.parse(self.filter_text)

    def search(self, text: str) -> Search:
        """Raises UsageError for text that means nothing."""
        return self._search(Filter.parse(text), self.queue, self.sorted_by)

    def show_found(self, search: Search, rows: Rows) -> Outcome:
        """List what a search found, staying on the row shown where it is among it. Where another queue or
        order was chosen meanwhile, that is searched."""
        if search.queue is not self.queue or search.sorted_by is not self.sorted_by:
            return self.filter(search.filter.text)
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

    @property
    def hits(self) -> list[Hit]:
        """Where the words of the filter stand in the example shown."""
        example = self.example
        return hits_in(example, self.filter_now.words) if example else []

    @property
    def hit(self) -> Hit | None:
        """The hit gone to last, while its example is shown."""
        return self._hit[1] if self._hit and self._hit[0] == self.place.row else None

    def to_hit(self, *, back: bool = False) -> Outcome:
        """To the next hit, or `back`: in the example shown, else in the next one listed, round at the end."""
        if not self.filter_now.words:
            return Outcome("nothing is searched for: / looks for words")
        if not len(self.place):
            return NOTHING
        here = self.hit
        ahead = [hit for hit in self.hits if here is None or (hit < here if back else hit > here)]
        if not ahead or (back and here is None):
            self.place.go_round(-1 if back else 1)
            ahead = self.hits
        if not ahead:  # an edit took the words out
            return Outcome("no hit here")
        found = ahead[-1 if back else 0]
        self._hit = (self.place.row, found)
        return Outcome(f"hit {self.hits.index(found) + 1} of {len(self.hits)} here")

    def _search(self, wanted: Filter, queue: Queue, measure: Measure | None) -> Search:
        ground = self.ground()
        descending = self.descending

        def rows() -> Rows:
            order = queue.rows
            if wanted.terms:
                order = order[wanted.mask(ground)[order]]
            return in_order(order, measure, descending=descending)

        return Search(wanted, queue, measure, rows)

    def ground(self) -> Ground:
        """What filters look at, as it stands now. A blind review's decisions are one's own."""
        self.team.catch_up()
        return Ground(
            corpus=self.corpus,
            measures=self.measures,
            codes=self.verdicts.snapshot(),
            marked=self.marks.mask,
            said=self.team.said.in_force(self.verdicts.annotator if self.blind else None),
            ledger=self.ledger,
        )


def in_order(order: Rows, measure: Measure | None, *, descending: bool) -> Rows:
    """Rows by a measure, those without it last; as they are where there is none."""
    if measure is None:
        return order
    values = measure.values[order]
    at = np.argsort(-values if descending else values, kind="stable")  # NaN last, either way
    return np.asarray(order[at])
