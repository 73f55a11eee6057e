"""Moving in a review and choosing what it lists: another queue, an order, marks."""

from collections.abc import Sequence

from schemas.errors import UsageError
from tui.model.compare import Other, others_of
from tui.model.corpus import ABSENT
from tui.model.filters import Filter
from tui.model.outcome import NOTHING, Outcome
from tui.model.queues import DISAGREEMENT, EVERYTHING, available
from tui.model.searching import Searching, in_order
from tui.model.verdicts import STATES, in_state
from tui.model.views import View


class Finding(Searching):
    """Whatever raises here leaves the list as it was."""

    _compared: tuple[int | None, Other] | None = None  # the row, and what is beside it

    def to_undecided(self, *, back: bool = False) -> Outcome | None:
        """To the nearest row that waits for this annotator; an outcome only where there is none."""
        found = self.place.go_to_next(self._waiting, back=back)
        return None if found else Outcome("no other example is undecided here")

    def show_example(self, example_id: str) -> Outcome:
        """Go to that example: in what is listed, else in all examples. Raises UsageError where it is in
        neither."""
        row = self.corpus.row_of(example_id)
        if row == ABSENT:
            raise UsageError(f"{example_id} is not in this version", "`curate why` may know it")
        if self.place.go_to_row(row):
            return Outcome("")
        queue = self._build(EVERYTHING)
        if row not in queue.rows:
            raise UsageError(f"{example_id} was not dealt to you", "review without --team to see all")
        self.queue, self.filter_text, self.sorted_by = queue, "", None
        self._arrange(queue.rows)
        self.place.go_to_row(row)
        return Outcome(f"not in the list that was shown: queue {EVERYTHING}")

    @property
    def queues(self) -> list[str]:
        """Names of those that can be shown; a run may still lack what one of them needs."""
        names = available(self.corpus, self.losses, self.team.conflicts)
        return [name for name in names if not (name == DISAGREEMENT and self.blind)]

    def waiting(self, names: Sequence[str]) -> dict[str, int]:
        """How many examples wait for this annotator in each of these queues, of those that can be shown: a
        conflict until it is settled, any other without a verdict of one's own. A thread may count: nothing is
        read of the journal."""
        there = self.queues
        counts: dict[str, int] = {}
        for name in (name for name in names if name in there):
            rows = self._build(name).rows
            counts[name] = len(rows) if name == DISAGREEMENT else int(self.verdicts.undecided(rows).sum())
        return counts

    def by_state(self) -> dict[str, int]:
        """Examples of the version by what this annotator did with them."""
        codes = self.verdicts.snapshot()
        return {state: int(in_state(codes, state).sum()) for state in STATES if not state.endswith("decided")}

    def use_queue(self, name: str) -> None:
        """Show another queue in its own order under the same filter, from its first untouched row. Raises
        UsageError."""
        self.team.catch_up()
        queue = self._build(name)
        rows = self._search(self.filter_now, queue, None).rows()
        self.queue, self.sorted_by = queue, None
        self._arrange(rows)
        self.place.go_to_first(self._waiting)

    def show_queue(self, name: str) -> Outcome:
        """`use_queue`, and say so."""
        self.use_queue(name)
        return Outcome(f"queue: {name}")

    def to_next(self, *, back: bool = False) -> Outcome | None:
        """To the next hit while words are searched for, else to the next row that waits."""
        return self.to_hit(back=back) if self.filter_now.words else self.to_undecided(back=back)

    def sort(self, name: str | None, *, descending: bool = True) -> Outcome:
        """List by a measure, or as the queue has it, from its first untouched row; rows without the number
        stand last. Raises UsageError."""
        measure = self.measures.of(name) if name is not None else None
        order = self._search(self.filter_now, self.queue, None).rows()
        self.sorted_by = measure
        self.descending = descending
        self._arrange(in_order(order, measure, descending=descending))
        self.place.go_to_first(self._waiting)
        if measure is None:
            return Outcome(f"in the order of queue {self.queue.name}")
        return Outcome(f"by {measure.name}, {'highest' if descending else 'lowest'} first")

    # Saved views

    def save_view(self, name: str) -> Outcome:
        """Keep the queue, the filter and the order under this name. Raises UsageError."""
        if self.views is None:
            return Outcome("views cannot be saved here")
        sort = self.sorted_by.name if self.sorted_by else None
        view = View(name.strip(), self.queue.name, self.filter_text, sort, self.descending)
        again = self.views.named(view.name) is not None
        self.views.save(view)
        return Outcome(f"view {view.name} saved{' anew' if again else ''}: {view.says}")

    def use_view(self, view: View) -> Outcome:
        """Show it, from its first untouched row. Raises UsageError."""
        self.team.catch_up()
        queue, wanted = self._build(view.queue), Filter.parse(view.filter)
        measure = self.measures.of(view.sort) if view.sort else None
        rows = in_order(self._search(wanted, queue, None).rows(), measure, descending=view.descending)
        self.queue, self.filter_text = queue, wanted.text
        self.sorted_by, self.descending = measure, view.descending
        self._arrange(rows)
        self.place.go_to_first(self._waiting)
        return Outcome(f"view {view.name}: {view.says}")

    # Comparing

    @property
    def compared(self) -> Other | None:
        """What the example shown is laid beside."""
        if self._compared is None or self._compared[0] != self.place.row:
            return None
        return self._compared[1]

    def compare(self) -> Outcome:
        """Lay the next thing beside the example shown that it can be compared with; after the last, none."""
        others = others_of(self)
        if not others:
            return Outcome("nothing to compare it with: no edit, no parent, nothing alike in this version")
        names = [other.name for other in others]
        at = names.index(self.compared.name) + 1 if self.compared and self.compared.name in names else 0
        self._compared = (self.place.row, others[at]) if at < len(others) else None
        if self._compared is None:
            return Outcome("alone again")
        more = f"; c again: {others[at + 1].name}" if at + 1 < len(others) else ""
        return Outcome(f"beside {names[at]}{more}")

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
