"""What the screens have in common that go through a list: its lines, and a page on the line chosen.

    class DuplicatesScreen(ListingScreen):
        NAME = "duplicates"
        BINDINGS: ClassVar = bindings_of(NAME)
        LOADING = "reading the clusters"                    # said while `read` works

        def read(self): return Clusters(self._bench.dataset)           # in a thread
        def opened(self, found): return Duplicates(review, found)      # what is listed; None shows `nothing`
        def page(self, width): return [...]                            # strips for the line chosen
        def nothing(self): return ["No duplicates …", "", "F2  …"]

The list moves with the keys of `lists`, and `J` and `K` read on in the page.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, Protocol

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.strip import Strip

from tui.actions.registry import Registry
from tui.catalogue import FIRST
from tui.model.listing import Cursor, Lines
from tui.model.outcome import Outcome
from tui.model.workbench import Workbench
from tui.screens.undoing import UndoingScreen
from tui.widgets.empty import Empty
from tui.widgets.lines_pane import LinesPane
from tui.widgets.strips_pane import StripsPane


class Listed(Lines, Protocol):
    """Lines with a place among them, which follow what is decided elsewhere."""

    @property
    def cursor(self) -> Cursor: ...

    def refresh(self) -> None: ...

    def followed(self, outcome: Outcome) -> Outcome:
        """After undo or redo, at what it was about where that is listed."""
        ...


class ListingScreen(UndoingScreen):
    """A list, and beside it or, where it is narrow, below it what the line chosen is about."""

    LOADING = "reading"
    DEFAULT_CSS = """
    ListingScreen #panes { height: 1fr; layout: horizontal; }
    ListingScreen #list { width: 32%; border-right: vkey $panel; }
    ListingScreen #page { width: 1fr; }
    ListingScreen.-narrow #panes { layout: vertical; }
    ListingScreen.-narrow #list { width: 100%; height: 3; border-right: none; }
    ListingScreen.-narrow #page { width: 100%; height: 1fr; }
    """

    def __init__(self, bench: Workbench, registry: Registry) -> None:
        super().__init__(bench, registry)
        self.listed: Listed | None = None
        self._subject: Hashable = None

    # What a subclass says

    def read(self) -> Any:
        """What is slow to get, in a thread; must not touch the review or its journal."""
        return None

    def opened(self, found: Any) -> Listed | None:
        """The list, from what `read` gave; None where there is nothing to list."""
        raise NotImplementedError

    def page(self, width: int) -> Sequence[Strip]:
        """About the line chosen; not asked for where there is none."""
        raise NotImplementedError

    def nothing(self) -> Sequence[str]:
        """Why the list is empty, and what to press."""
        raise NotImplementedError

    @property
    def subject(self) -> Hashable:
        """What the page is about: when it changes, the page starts at its top."""
        return self.listed.cursor.position if self.listed else None

    @property
    def example_id(self) -> str | None:
        """The example that the line chosen is about, if it is about one: `enter` opens it in the review."""
        return None

    def moved(self) -> None:
        """Another line was chosen, or the screen was shown again."""

    # What it does

    def body(self) -> ComposeResult:
        with Container(id="panes"):
            yield LinesPane(id="list")
            yield StripsPane(id="page")
        yield Empty()

    def on_mount(self) -> None:
        self.load(self.LOADING, self.read, self._opened)

    def shown(self) -> None:
        if self.listed is not None:
            self.listed.refresh()
            self.paint()
            self.moved()

    def paint(self) -> None:
        super().paint()
        if self.listed is None:
            return
        self.show_empty([] if len(self.listed) else self.nothing())
        if len(self.listed):
            new = self.subject != self._subject
            self._subject = self.subject
            self.query_one(LinesPane).show(self.listed, self.listed.cursor)
            self.query_one(StripsPane).show(self.page, from_top=new)

    def change(self, how: Callable[[Any], Outcome | None]) -> None:
        """Change what is listed, where there is anything, and show it."""
        if self.listed is not None and len(self.listed):
            self.act(partial(how, self.listed))
            self.moved()

    def action_choose(self) -> None:
        name = self.example_id
        if name is not None:
            self.act(lambda: self._bench.review.show_example(name), lambda: self.go(FIRST))

    def followed(self, outcome: Outcome) -> Outcome:
        return self.listed.followed(outcome) if self.listed is not None else outcome

    def written(self, several: bool) -> None:
        super().written(several)
        self.moved()

    def _opened(self, found: Any) -> None:
        self.listed = self.opened(found)
        if self.listed is None:
            self.show_empty(self.nothing())
        self.paint()
        self.moved()

    # Moving

    def action_down(self) -> None:
        self._go(1)

    def action_up(self) -> None:
        self._go(-1)

    def action_first(self) -> None:
        self._go(-len(self.listed or ()))

    def action_last(self) -> None:
        self._go(len(self.listed or ()))

    def action_half_down(self) -> None:
        self._go(self.query_one(LinesPane).page // 2)

    def action_half_up(self) -> None:
        self._go(-(self.query_one(LinesPane).page // 2))

    def action_read_on(self) -> None:
        pane = self.query_one(StripsPane)
        pane.read(pane.half_page)

    def action_read_back(self) -> None:
        pane = self.query_one(StripsPane)
        pane.read(-pane.half_page)

    @on(LinesPane.Chosen)
    def _chosen(self, event: LinesPane.Chosen) -> None:
        if self.listed is not None and not self.asking:
            self._go(event.position - self.listed.cursor.position)

    def _go(self, by: int) -> None:
        if self.listed is not None:
            self.listed.cursor.go(self.listed.cursor.position + by)
            self.say("")
            self.paint()
            self.moved()
