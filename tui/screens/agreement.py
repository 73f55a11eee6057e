"""Agreement: α and κ with their intervals, who says what against whom, and the conflicts to settle."""

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip

from curate.agreement.report import Report, report
from curate.journal import Journal
from tui.model.agreement import Agreement
from tui.model.corpus import ABSENT
from tui.screens.base import bindings_of
from tui.screens.counted import CountedScreen
from tui.widgets.conversation_pane import Page, conversation
from tui.widgets.sections import sections

_ALONE = (
    "Agreement needs two annotators, and fewer have decided anything.",
    "",
    "curate review --as NAME   everyone under a name of their own",
    "F2  the review queue",
    "q   leave",
)
_BLIND = (
    "--blind hides what others decided, and so how far you agree.",
    "",
    "F2  the review queue",
    "q   leave",
)


class AgreementScreen(CountedScreen):
    NAME = "agreement"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "measuring agreement"
    listed: Agreement | None

    def read(self) -> Report:
        if self._bench.review.blind:
            return report([])
        with Journal.open(self._bench.workspace.journal) as journal:
            return report(journal.decisions())

    def opened(self, found: Report) -> Agreement:
        return Agreement(self._bench.review, found if len(found.annotators) > 1 else report([]))

    def status(self) -> str:
        return f"agreement · {self._bench.review.verdicts.annotator}"

    def nothing(self) -> Sequence[str]:
        return _BLIND if self._bench.review.blind else _ALONE

    def page(self, width: int) -> list[Strip]:
        agreement = self.listed
        if agreement is None:
            return []
        strips = sections(agreement.chosen.page(), width)
        row = agreement.conflict_row
        if row == ABSENT:
            return strips
        return [*strips, *conversation(Page(self._bench.review.corpus.example(row)), width)]

    def action_choose(self) -> None:
        agreement = self.listed
        if agreement is None or not len(agreement):
            return
        is_conflict = agreement.chosen.example_id is not None
        self.act(agreement.open, (lambda: self.go("review")) if is_conflict else None)
