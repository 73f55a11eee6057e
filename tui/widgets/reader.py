"""A page to read over the review: help, and the whole story of an example."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import theme
from tui.actions.registry import Registry
from tui.actions.sheets import READER
from tui.model.facts import Section
from tui.safe_text import visible, visible_line
from tui.widgets.bindings import bindings_of
from tui.widgets.sheet import Sheet


class Reader(ModalScreen[None], Sheet[None]):
    """Headings and lines, scrolled with the keys of the review."""

    BINDINGS: ClassVar = bindings_of(READER)
    DEFAULT_CSS = """
    Reader { align: center middle; }
    Reader VerticalScroll { width: 90%; max-width: 100; height: 90%; background: $panel; padding: 0 2; }
    """

    def __init__(self, sections: Sequence[Section], registry: Registry) -> None:
        super().__init__()
        self._sections = sections
        self._registry = registry

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static(page(self._sections, self._registry.shown("reader_close")), markup=False)

    def action_move(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def page(sections: Sequence[Section], close: str) -> Text:
    """The text of the page; every line passes the gate."""
    text = Text(style=theme.BAR)
    for heading, lines in sections:
        text.append(visible_line(heading) + "\n", theme.BAR_STRONG)
        for line in lines:
            text.append("  " + visible(line).replace("\n", "\n  ") + "\n")
        text.append("\n")
    text.append(f"{close} closes", theme.BAR_DIM)
    return text
