"""What a review shows: a queue, a place in it, and the example there with all that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from curate.journal import Journal
from schemas.decision import Decision
from schemas.errors import UsageError
from schemas.example import Example
from schemas.review import LABELS
from tui.model.corpus import Corpus, Mask, Rows
from tui.model.deal import Deal
from tui.model.family import parent_of
from tui.model.ledger import LedgerView
from tui.model.losses import Losses
from tui.model.marks import Marks
from tui.model.measures import Measure, Measures
from tui.model.past import Past
from tui.model.place import Place
from tui.model.queues import DISAGREEMENT, Queue, build_queue
from tui.model.sides import Side, sides_of
from tui.model.team import Team
from tui.model.verdicts import Verdicts
from tui.model.views import Views


@dataclass(frozen=True, slots=True)
class Progress:
    """`position` counts from 1; `left` are rows of the list without this annotator's verdict, or still in
    conflict where conflicts are listed; `team` are rows of the version that anyone decided, None where nobody
    else did."""

    position: int
    total: int
    today: int
    left: int
    team: int | None


class Shown:
    """The state of a review; what changes it stands in the classes that extend this one."""

    def __init__(
        self,
        corpus: Corpus,
        journal: Journal,
        annotator: str,
        losses: Losses | None = None,
        queue: str | None = None,
        *,
        blind: bool = False,
        deal: Deal | None = None,
        ledger: LedgerView | None = None,
        labels: Sequence[str] = LABELS,
        views: Views | None = None,
    ) -> None:
        """`blind` shows nothing of other annotators' decisions; `deal` leaves what this one gets; without a
        `ledger` nothing is known of stages, without `views` none can be saved. `labels` are given by number,
        from 1."""
        self.corpus = corpus
        self.blind = blind
        self.deal = deal
        self.losses = losses
        self.ledger = ledger
        self.labels = tuple(labels)
        self.views = views
        self.measures = Measures(corpus, losses)
        past = Past.read(journal, corpus)
        self.verdicts = Verdicts(corpus, journal, annotator, losses.run if losses else None, past)
        self.team = Team(corpus, journal, annotator, past)
        self.marks = Marks(len(corpus))
        self.filter_text = ""
        self.sorted_by: Measure | None = None
        self.descending = True  # the order, where sorted by a measure
        self._dealt = deal.of(annotator, corpus.ids) if deal else None
        self.queue = self._build(queue or ("loss" if losses else "pending"))
        self._arrange(self.queue.rows)
        self.place.go_to_first(self._waiting)

    @property
    def example(self) -> Example | None:
        """The example shown, with this annotator's edit if one is in force; in a conflict, as the version has
        it."""
        row = self.place.row
        if row is None:
            return None
        example, decision = self.corpus.example(row), self.verdicts.current(row)
        if decision is None or decision.messages is None or (self.adjudicating and self.team.conflicts[row]):
            return example
        return example.with_turns(decision.messages)

    @property
    def parent(self) -> Example | None:
        """What the example shown was made from, as it stands in the version; None for one that is no
        child."""
        example = self.example
        return parent_of(self.corpus, example) if example else None

    @property
    def adjudicating(self) -> bool:
        """Whether what is decided here ends conflicts."""
        return self.queue.name == DISAGREEMENT

    @property
    def sides(self) -> list[Side]:
        """What each annotator says of the example shown, where conflicts are listed."""
        row = self.place.row
        if row is None or not self.adjudicating:
            return []
        return sides_of(self.corpus.example(row), self.team.sides(row))

    def signal_at(self, row: int) -> float:
        """What put the row where it is; NaN where nothing did."""
        values = self.sorted_by.values if self.sorted_by else self.queue.signal
        return float(values[row])

    @property
    def decimals(self) -> int:
        """Of the signal, as it is shown."""
        return self.sorted_by.decimals if self.sorted_by else 2

    @property
    def unit(self) -> str:
        """Of the signal."""
        return self.sorted_by.unit if self.sorted_by else self.queue.unit

    @property
    def progress(self) -> Progress:
        n = len(self.place)
        left = self._conflicts_left() if self.adjudicating else self._undecided_left()
        team = self.team.n_decided if self.team.others else None
        return Progress(self.place.position + 1 if n else 0, n, self.verdicts.today, left, team)

    def decisions_on(self, example_id: str) -> list[Decision]:
        """Everyone's rows of the journal on one example, oldest first; one's own alone when blind."""
        annotator = self.verdicts.annotator if self.blind else None
        return self.verdicts.journal.decisions(example_id, annotator)

    # For what extends this

    def _arrange(self, order: Rows) -> None:
        """List these rows, from the top."""
        self.place = Place(order)
        self._recount()

    def _recount(self) -> None:
        self.verdicts.turned()
        self._left = int(np.count_nonzero(self.verdicts.undecided(self.place.order)))

    def _undecided_left(self) -> int:
        """Counted on, not anew: a decision costs the same in a long list as in a short one."""
        for row, change in self.verdicts.turned():
            if self.place.position_of(row) is not None:
                self._left += change
        return self._left

    def _conflicts_left(self) -> int:
        return int(np.count_nonzero(self.team.conflicts[self.place.order]))

    def _waiting(self, rows: Rows) -> Mask:
        """Of these rows, those to go to of oneself."""
        return self.team.conflicts[rows] if self.adjudicating else self.verdicts.untouched(rows)

    def _build(self, name: str) -> Queue:
        if name == DISAGREEMENT and self.blind:
            raise UsageError(
                f"the queue {name} shows what others decided, and --blind hides it",
                "leave out one of the two",
            )
        everything = np.arange(len(self.corpus), dtype=np.int64)
        undecided = self.verdicts.undecided(everything)
        queue = build_queue(name, self.corpus, self.losses, undecided, self.team.conflicts)
        if self._dealt is None or name == DISAGREEMENT:
            return queue
        return replace(queue, rows=queue.rows[self._dealt[queue.rows]])
