"""Losses of a run, example by example: how each went over the run, and which tokens were not expected."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.strip import Strip

from tui import theme
from tui.model.corpus import Rows
from tui.model.courses import Courses
from tui.model.facts import chips
from tui.model.loss_review import LossReview, by_loss
from tui.model.mapped import Mapped
from tui.screens.base import bindings_of
from tui.screens.verdicts import VerdictsScreen
from tui.widgets.bars import chip_lines
from tui.widgets.conversation_pane import Page, conversation
from tui.widgets.strips import body

_CHIP_LINES = 2
_Found = tuple[Courses, Rows]


class LossesScreen(VerdictsScreen):
    NAME = "losses"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "reading the losses"
    listed: LossReview | None

    def read(self) -> _Found | None:
        run, review = self._bench.run, self._bench.review
        if run is None or review.losses is None:
            return None
        mapped = Mapped(self._bench.workspace, lambda _: None)  # the screen says it
        return Courses.open(run, review.corpus, mapped), by_loss(review.losses)

    def opened(self, found: _Found | None) -> LossReview | None:
        losses = self._bench.review.losses
        return LossReview(self._bench.review, losses, *found) if losses and found else None

    def status(self) -> str:
        if self.listed is None or self._bench.run is None:
            return "losses"
        return f"{self.place('examples')} · run {self._bench.run.id} · {self.listed.order_says}"

    def nothing(self) -> Sequence[str]:
        return (
            "No run has measured the examples of this version.",
            "`train run` trains an adapter and measures every example; `--run` names another run.",
            "",
            "F2  the review queue",
            "q   leave",
        )

    @property
    def subject(self) -> Hashable:
        return self.listed.row if self.listed else None

    def page(self, width: int) -> list[Strip]:
        listed = self.listed
        row, example = (listed.row, listed.example) if listed else (None, None)
        if listed is None or row is None or example is None:
            return []
        tokens = self._bench.tokens
        spans = tokens.spans(example) if tokens is not None else None
        lines = listed.trajectory(row).lines()
        course = [strip for line in lines for strip in body(line, (), (theme.PLAIN,), width)]
        facts = chip_lines(chips(self._bench, row, example), width, _CHIP_LINES)
        return [*course, *facts, Strip.blank(width, theme.PLAIN), *conversation(Page(example, spans), width)]

    def action_next_order(self) -> None:
        self.change(LossReview.next_order)
