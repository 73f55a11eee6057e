"""What annotators say, in force, by example: also of examples that the version does not hold.

Follows the journal: only what was written since is read again.
"""

from collections.abc import Iterator

from curate.journal import Journal
from curate.workspace import Workspace
from schemas.decision import Decision
from schemas.statement import Statement
from tui.model.review import Review


def heard_in(review: Review) -> "Heard":
    """What a reviewer may hear: everyone, and when blind nobody else."""
    verdicts = review.verdicts
    return Heard(verdicts.journal, verdicts.annotator if review.blind else None)


def heard_before(workspace: Workspace, review: Review) -> "Heard":
    """The same, read in a thread, with a connection of its own; `follow` the review's from then on."""
    with Journal.open(workspace.journal) as journal:
        return Heard(journal, review.verdicts.annotator if review.blind else None)


class Heard:
    """Of all annotators, or of `annotator` alone. `catch_up` after every decision, and when a screen is shown
    again."""

    def __init__(self, journal: Journal, annotator: str | None = None) -> None:
        self._journal = journal
        self._annotator = annotator
        self._seen = 0
        self._live: dict[int, Decision] = {}
        self._by_example: dict[str, list[Decision]] = {}
        self._stated: dict[int, Decision] = {}
        self.catch_up()

    def catch_up(self) -> list[str]:
        """The examples that something new was said of."""
        new = self._journal.decisions(annotator=self._annotator, after=self._seen)
        for decision in new:
            self._seen = decision.seq
            if decision.undoes is None:
                self._add(decision)
            else:
                self._take_back(decision.undoes)
        return [decision.example_id for decision in new]

    def follow(self, review: Review) -> "Heard":
        """What is written through the review's journal, and elsewhere, since."""
        self._journal = review.verdicts.journal
        self.catch_up()
        return self

    @property
    def examples(self) -> list[str]:
        """All that were ever spoken of."""
        return list(self._by_example)

    def on(self, example_id: str) -> list[Decision]:
        """Verdicts and statements on one example that were not undone, oldest first."""
        return self._by_example.get(example_id, [])

    def verdict(self, example_id: str, annotator: str) -> Decision | None:
        """One annotator's verdict in force."""
        own = (d for d in reversed(self.on(example_id)) if d.annotator == annotator and d.verdict != "skip")
        return next(own, None)

    @property
    def stated(self) -> list[Decision]:
        """All statements in force, oldest first."""
        return list(self._stated.values())

    def statements_on(self, example_id: str) -> Iterator[tuple[Decision, Statement]]:
        for decision in self.on(example_id):
            if decision.statement is not None:
                yield decision, decision.statement

    def _add(self, decision: Decision) -> None:
        if decision.statement is not None:
            self._stated[decision.seq] = decision
        elif decision.verdict == "skip":
            return
        self._live[decision.seq] = decision
        self._by_example.setdefault(decision.example_id, []).append(decision)

    def _take_back(self, seq: int) -> None:
        decision = self._live.pop(seq, None)
        if decision is not None:
            self._stated.pop(seq, None)
            self._by_example[decision.example_id].remove(decision)
