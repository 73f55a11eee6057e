"""The journal: every decision of everyone, the latest first, each with its example beside it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip

from curate.journal import Journal
from schemas.decision import Decision
from tui.model.corpus import ABSENT
from tui.model.log import LOG_HELP, Log
from tui.screens.base import bindings_of
from tui.screens.listing import ListingScreen
from tui.widgets.beside import beside
from tui.widgets.conversation_pane import Page, conversation
from tui.widgets.sections import sections


class JournalScreen(ListingScreen):
    NAME = "journal"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "reading the journal"
    DEFAULT_CSS = """
    JournalScreen #list { width: 45%; }
    JournalScreen.-narrow #list { width: 100%; }
    """
    listed: Log | None

    def read(self) -> list[Decision]:
        self._bench.review.corpus.prepare_row_of()  # of the lines
        with Journal.open(self._bench.workspace.journal) as journal:
            return journal.decisions()

    def opened(self, found: list[Decision]) -> Log:
        return Log(self._bench.review, found)

    def status(self) -> str:
        log, who = self.listed, self._bench.review.verdicts.annotator
        if log is None:
            return "journal"
        here = log.cursor.position + 1 if len(log) else 0
        showing = f" · showing {log.filter_text}" if log.filter_text else ""
        return f"{here:,}/{len(log):,} decisions, the latest first{showing} · {who}"

    def nothing(self) -> Sequence[str]:
        if self.listed is not None and self.listed.filter_text:
            return (
                "No decision matches.",
                "",
                "/   another filter (empty lists all)",
                "F2  the review queue",
            )
        return ("Nobody has decided anything yet.", "", "F2  the review queue", "q   leave")

    def page(self, width: int) -> list[Strip]:
        log = self.listed
        if log is None or log.chosen is None:
            return []
        strips = sections(log.sections, width)
        if log.row == ABSENT:
            return strips
        example = self._bench.review.corpus.example(log.row)
        if log.chosen.messages is None:
            return [*strips, *conversation(Page(example), width)]
        edited = example.with_turns(log.chosen.messages)
        return [*strips, *beside(example, edited, {}, width, ("version", "edited"))]

    @property
    def example_id(self) -> str | None:
        return self.listed.chosen.example_id if self.listed and self.listed.chosen else None

    # Actions

    def action_find_decisions(self) -> None:
        if self.listed is not None:
            self.ask(f"list ({LOG_HELP}):", self._find, self.listed.filter_text)

    def action_take_back(self) -> None:
        if self.listed is not None:
            self.act(self.listed.take_back)

    def _find(self, text: str) -> None:
        log = self.listed
        if log is not None:
            self.act(lambda: log.find(text))
