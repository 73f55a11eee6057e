"""The review on the screen: each action changes the review, then every pane in the same step."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from schemas.example import Message
from tui.actions.registry import Registry
from tui.model.facts import chips, status, story
from tui.model.queues import PAIRS
from tui.model.review import Outcome
from tui.model.workbench import Workbench
from tui.screens.base import SiftScreen, bindings_of
from tui.widgets.bars import FactsBar
from tui.widgets.conversation_pane import ConversationPane
from tui.widgets.editor import Editor
from tui.widgets.list_pane import ListPane
from tui.widgets.reader import Reader


class ReviewScreen(SiftScreen):
    """List, conversation and facts. What an action means stands in `tui.model.review`."""

    NAME = "review"
    BINDINGS: ClassVar = bindings_of(NAME)
    DEFAULT_CSS = """
    ReviewScreen #panes { height: 1fr; layout: horizontal; }
    ReviewScreen #list { width: 38%; border-right: vkey $panel; }
    ReviewScreen #conversation { width: 1fr; }
    ReviewScreen.-narrow #panes { layout: vertical; }
    ReviewScreen.-narrow #list { width: 100%; height: 4; border-right: none; }
    ReviewScreen.-pairs #list { width: 26%; }
    ReviewScreen.-narrow.-pairs #list { width: 100%; height: 2; }
    ReviewScreen.-narrow #conversation { width: 100%; height: 1fr; }
    """

    def __init__(self, bench: Workbench, registry: Registry) -> None:
        super().__init__(bench, registry)
        self._review = bench.review

    def body(self) -> ComposeResult:
        with Container(id="panes"):
            yield ListPane(self._review, id="list")
            yield ConversationPane(id="conversation")
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

    # Deciding

    def action_keep(self) -> None:
        self._act(lambda: self._review.decide("keep"))

    def action_drop(self) -> None:
        self._act(lambda: self._review.decide("drop"))

    def action_drop_because(self) -> None:
        self.ask("why drop it?", self._drop_because)

    def action_skip(self) -> None:
        self._act(self._review.skip)

    def action_edit(self) -> None:
        example = self._review.example
        if example is not None:
            self.app.push_screen(Editor(example), self._edited)

    def action_flag(self) -> None:
        self.ask("note for a second look:", lambda note: self._act(lambda: self._review.flag(note)))

    def action_undo(self) -> None:
        self._act(self._review.undo)

    def action_redo(self) -> None:
        self._act(self._review.redo)

    def action_repeat(self) -> None:
        self._act(self._review.repeat)

    def action_side(self) -> None:
        if self._review.adjudicating and self._review.place.row is not None:
            self.ask("side with (number or name):", self._side_with)
        else:
            self._act(lambda: self._review.side_with(""))

    # Moving

    def action_down(self) -> None:
        self._go(self._review.place.position + 1)

    def action_up(self) -> None:
        self._go(self._review.place.position - 1)

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self._review.place))

    def action_half_down(self) -> None:
        self._go(self._review.place.position + self._list.page // 2)

    def action_half_up(self) -> None:
        self._go(self._review.place.position - self._list.page // 2)

    def action_next_undecided(self) -> None:
        self._act(self._review.to_undecided)

    def action_previous_undecided(self) -> None:
        self._act(lambda: self._review.to_undecided(back=True))

    def action_read_on(self) -> None:
        self._conversation.read(self._conversation.half_page)

    def action_read_back(self) -> None:
        self._conversation.read(-self._conversation.half_page)

    @on(ListPane.Chosen)
    def _chosen(self, event: ListPane.Chosen) -> None:
        if not self.asking:
            self._go(event.position)

    # Choosing what to see

    def action_find(self) -> None:
        self.ask("show:", self._filter, self._review.filter_text)

    def action_sort(self) -> None:
        self._act(self._review.next_queue, rearranged=True)

    def action_info(self) -> None:
        row = self._review.place.row
        if row is not None:
            self._act(lambda: self._read(row))

    def action_copy_id(self) -> None:
        row = self._review.place.row
        if row is not None:
            example_id = self._review.corpus.id_of(row)
            self.app.copy_to_clipboard(example_id)
            self.say(f"copied {example_id}")

    # Inside

    def _drop_because(self, reason: str) -> None:
        self._act(lambda: self._review.decide("drop", reason or None))

    def _side_with(self, whose: str) -> None:
        self._act(lambda: self._review.side_with(whose))

    def _edited(self, messages: tuple[Message, ...] | None) -> None:
        if messages is not None:
            self._act(lambda: self._review.edit(messages))

    def _filter(self, text: str) -> None:
        self._act(lambda: self._review.filter(text), rearranged=True)

    def _read(self, row: int) -> None:
        self.app.push_screen(Reader(story(self._bench, row)))

    def _go(self, position: int) -> None:
        self._review.place.go(position)
        self.say("")
        self.paint()

    def _act(self, action: Callable[[], Outcome | None], *, rearranged: bool = False) -> None:
        before = self._review.place.row
        self.act(action, lambda: self._paint(before, rearranged=rearranged))

    def paint(self) -> None:
        self._paint()

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
        self.set_class(self._review.queue.name == PAIRS, "-pairs")

    def _show_example(self) -> None:
        row, example = self._review.place.row, self._review.example
        tokens = self._bench.tokens
        spans = tokens.spans(example) if tokens is not None and example is not None else None
        self._conversation.show_example(example, spans, self._review.parent, self._review.sides)
        self.query_one(FactsBar).show(chips(self._bench, row, example) if row is not None and example else [])
        super().paint()
