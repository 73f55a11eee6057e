"""The panes of the review queue, and how they follow the review: all in the step that changes it."""

from collections.abc import Callable
from typing import Any

from textual.app import ComposeResult
from textual.containers import Container

from tui.actions.registry import Registry
from tui.model.compare import Other
from tui.model.facts import chips, status
from tui.model.pii_spans import pii_spans
from tui.model.queues import PAIRS
from tui.model.remarks import remarks
from tui.model.review import Outcome
from tui.model.workbench import Workbench
from tui.screens.undoing import UndoingScreen
from tui.widgets.bars import FactsBar
from tui.widgets.conversation_pane import ConversationPane, Page
from tui.widgets.label_bar import LabelBar
from tui.widgets.list_pane import ListPane


class ReviewPanes(UndoingScreen):
    """List, conversation, labels and facts. What an action means stands in `tui.model.review`."""

    DEFAULT_CSS = """
    ReviewPanes #panes { height: 1fr; layout: horizontal; }
    ReviewPanes #list { width: 38%; border-right: vkey $panel; }
    ReviewPanes #conversation { width: 1fr; }
    ReviewPanes.-narrow #panes { layout: vertical; }
    ReviewPanes.-narrow #list { width: 100%; height: 4; border-right: none; }
    ReviewPanes.-pairs #list { width: 26%; }
    ReviewPanes.-narrow.-pairs #list { width: 100%; height: 2; }
    ReviewPanes.-narrow #conversation { width: 100%; height: 1fr; }
    """

    def __init__(self, bench: Workbench, registry: Registry) -> None:
        super().__init__(bench, registry)
        self._review = bench.review
        self._subject: Any = None  # what the conversation pane is about

    def body(self) -> ComposeResult:
        with Container(id="panes"):
            yield ListPane(self._review, id="list")
            yield ConversationPane(id="conversation")
        yield LabelBar(self._review.labels)
        yield FactsBar(id="facts")

    def status(self) -> str:
        return status(self._review)

    def on_mount(self) -> None:
        self._list = self.query_one(ListPane)
        self._conversation = self.query_one(ConversationPane)
        self._make_room()
        self._show_example()

    def shown(self) -> None:
        """Other screens decide and choose too."""
        self._paint(rearranged=True)

    def paint(self) -> None:
        self._paint()

    def written(self, several: bool) -> None:
        self._paint(rearranged=several)

    def _go(self, position: int) -> None:
        self._review.place.go(position)
        self.say("")
        self.paint()

    def _act(self, action: Callable[[], Outcome | None], *, rearranged: bool = False) -> None:
        before = self._review.place.row
        self.act(action, lambda: self._paint(before, rearranged=rearranged))

    def _paint(self, changed: int | None = None, *, rearranged: bool = False) -> None:
        """All panes at once, without messages between them: one refresh of the terminal."""
        if rearranged:
            self._make_room()
            self._list.show_list()
        else:
            self._list.show_cursor()
            if changed is not None:
                self._list.show_row(changed)
        self._show_example()

    def _make_room(self) -> None:
        """Two texts side by side need more of the screen than one."""
        self.set_class(self._review.queue.name == PAIRS or self._review.compared is not None, "-pairs")

    def _show_example(self) -> None:
        review, row = self._review, self._review.place.row
        page = self._page()
        subject = (row, page.example, page.other)
        self._conversation.show_page(page, from_top=subject != self._subject)
        self._subject = subject
        shown = chips(self._bench, row, page.example) if row is not None and page.example else []
        self.query_one(FactsBar).show(shown)
        self.query_one(LabelBar).show(review.verdicts.labels(row) if row is not None else ())
        super().paint()

    def _page(self) -> Page:
        """What the conversation pane shows of the example."""
        review, row, tokens = self._review, self._review.place.row, self._bench.tokens
        example = review.example
        if row is None or example is None:
            return Page(None)
        parent = review.parent
        as_built = review.corpus.example(row)
        events = self._bench.ledger.events(example.example_id) if example == as_built else []
        found = pii_spans(as_built, events)
        return Page(
            example,
            tokens.spans(example) if tokens is not None else None,
            review.compared or (Other("parent", parent) if parent else None),
            review.sides,
            review.hits,
            review.hit,
            found,
            remarks(as_built, events, found),
        )
