"""Choosing what the review queue lists, and deciding many of it at once."""

from collections.abc import Callable

from schemas.decision import Verdict
from tui.model.facets import Facet, facets
from tui.model.measures import MEASURE_HELP
from tui.model.outcome import Outcome
from tui.model.queues import QUEUE_HELP
from tui.screens.review_panes import ReviewPanes
from tui.widgets.bulk_sheet import BulkSheet
from tui.widgets.picker import Choice, Picker

_AT_ONCE = 20_000  # rows that are searched and counted within a blink, without a thread
_VERDICTS: dict[str | None, Verdict] = {"keep": "keep", "drop": "drop", "skip": "skip"}
_QUEUE, _VIEW = "queue:", "view:"
_DOING: dict[Verdict, str] = {"keep": "keeping", "drop": "dropping", "skip": "skipping"}


class ReviewChoosing(ReviewPanes):
    # What is listed

    def action_find(self) -> None:
        self.ask("show:", self._filter, self._review.filter_text)

    def action_build_filter(self) -> None:
        ground = self._review.ground()
        self.load("looking at what there is", lambda: facets(ground), self._build)

    def action_sort(self) -> None:
        review = self._review
        about = dict(MEASURE_HELP)
        choices = [Choice("", f"queue {review.queue.name}", "as the queue has it")]
        choices += [Choice(name, name, about[name]) for name in review.measures.names]
        current = review.sorted_by.name if review.sorted_by else ""
        self.app.push_screen(
            Picker("Sort by; the same again turns the order round", choices, current, self._registry),
            self._sort,
        )

    def action_queue(self) -> None:
        review, about = self._review, dict(QUEUE_HELP)
        choices = [Choice("", "Queues", heading=True)]
        choices += [Choice(_QUEUE + name, name, about[name]) for name in review.queues]
        views = review.views.all() if review.views is not None else []
        choices += [Choice("", "Saved views (S saves one)", heading=True)]
        choices += [Choice(_VIEW + view.name, view.name, view.says) for view in views]
        picker = Picker(
            "Show a queue or a saved view", choices, _QUEUE + review.queue.name, self._registry, self._remove
        )
        self.app.push_screen(picker, self._use)

    def show_listed(self, choose: Callable[[], Outcome]) -> None:
        self._act(choose, rearranged=True)

    def action_save_view(self) -> None:
        self.ask("keep this view as:", lambda name: self._act(lambda: self._review.save_view(name)))

    # Marks

    def action_mark(self) -> None:
        self._act(self._review.mark)

    def action_mark_range(self) -> None:
        self._act(self._review.mark_range, rearranged=True)

    def action_mark_all(self) -> None:
        self._act(self._review.mark_all, rearranged=True)

    def action_bulk(self) -> None:
        review, selection = self._review, self._review.selection
        if not len(selection.rows):
            self.say("nothing listed waits for your verdict, and nothing is marked: v marks")
            return
        samples = [review.corpus.preview(row) for row in selection.samples]

        def decide(verdict: Verdict, why: str = "") -> None:
            self.carry_out(_DOING[verdict], lambda: review.deciding_all(selection, verdict, why or None))

        def chosen(what: str | None) -> None:
            if what == "drop_because":
                self.ask("why drop them all?", lambda why: decide("drop", why))
            elif what is not None and what.startswith("label "):
                name = review.labels[int(what.removeprefix("label ")) - 1]
                self.carry_out("labelling", lambda: review.labelling_all(selection, name))
            elif what in _VERDICTS:
                decide(_VERDICTS[what])

        self.app.push_screen(BulkSheet(selection.says, samples, review.labels, self._registry), chosen)

    # Inside

    def _filter(self, text: str) -> None:
        """In a thread where it takes longer than a blink; keys go on meanwhile."""
        review = self._review
        if len(review.corpus) <= _AT_ONCE:
            self._act(lambda: review.filter(text), rearranged=True)
            return

        def start() -> Outcome:
            search = review.search(text)
            self.load(
                "searching",
                search.rows,
                lambda rows: self._act(lambda: review.show_found(search, rows), rearranged=True),
            )
            return Outcome("searching …")

        self.act(start, lambda: None)

    def _build(self, found: list[Facet]) -> None:
        from tui.widgets.filter_builder import FilterBuilder

        builder = FilterBuilder(found, self._review.filter_now, self._registry)
        self.app.push_screen(builder, lambda text: None if text is None else self._filter(text))

    def _sort(self, name: str | None) -> None:
        review = self._review
        if name is None:
            return
        again = review.sorted_by is not None and review.sorted_by.name == name
        descending = not (again and review.descending)

        def sort() -> Outcome:
            return review.sort(name or None, descending=descending)

        if not name or len(review.corpus) <= _AT_ONCE:
            self._act(sort, rearranged=True)
        else:
            measure = name
            self.load(
                "sorting", lambda: review.measures.of(measure), lambda _: self._act(sort, rearranged=True)
            )

    def _use(self, chosen: str | None) -> None:
        if chosen is None:
            return
        if chosen.startswith(_QUEUE):
            name = chosen.removeprefix(_QUEUE)
            self._act(lambda: self._review.show_queue(name), rearranged=True)
        elif self._review.views is not None:
            view = self._review.views.named(chosen.removeprefix(_VIEW))
            if view is None:
                self.say("someone removed that view")
            else:
                self._act(lambda: self._review.use_view(view), rearranged=True)

    def _remove(self, chosen: str) -> bool:
        """Whether it was a saved view, which is gone now."""
        views = self._review.views
        if views is None or not chosen.startswith(_VIEW):
            return False
        views.delete(chosen.removeprefix(_VIEW))
        return True
