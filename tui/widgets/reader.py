"""A page to read over the review: help, and the whole story of an example."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override

from tui import theme
from tui.actions.registry import Registry
from tui.actions.sheets import READER
from tui.model.facts import Section
from tui.safe_text import SafeText, visible, visible_line
from tui.widgets.bindings import bindings_of
from tui.widgets.sheet import Sheet
from tui.widgets.strips import INDENT, whole
from tui.wrapping import hanging


class Reader(ModalScreen[None], Sheet[None]):
    """Headings and lines, scrolled with the keys of the review."""

    BINDINGS: ClassVar = bindings_of(READER)
    DEFAULT_CSS = """
    Reader { align: center middle; }
    Reader VerticalScroll { width: 90%; max-width: 100; height: 90%; background: $panel; padding: 0 2; }
    Reader.-narrow VerticalScroll { width: 100%; height: 100%; padding: 0 1; }
    """

    def __init__(self, sections: Sequence[Section], registry: Registry) -> None:
        super().__init__()
        self._sections = sections
        self._registry = registry

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield PageText(self._sections, self._registry.shown("reader_close"))

    def action_move(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


class PageText(Widget, can_focus=False):
    """The page, laid out for the width there is."""

    DEFAULT_CSS = "PageText { height: auto; background: $panel; }"

    def __init__(self, sections: Sequence[Section], close: str) -> None:
        super().__init__()
        self._sections, self._close = sections, close
        self._lines: list[Strip] = []
        self._width = 0

    @override
    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._laid_out(width))

    def render_line(self, y: int) -> Strip:
        return self._laid_out(self.size.width)[y]

    def _laid_out(self, width: int) -> list[Strip]:
        if width != self._width:
            self._lines, self._width = list(page(self._sections, self._close, width)), width
        return self._lines


def page(sections: Sequence[Section], close: str, width: int) -> Iterator[Strip]:
    """The lines of the page; every one passes the gate."""
    for heading, lines in sections:
        yield whole(visible_line(heading), theme.BAR_STRONG, width)
        for line in lines:
            for part in hanging(visible(line), max(1, width - len(INDENT))):
                yield whole(SafeText(INDENT + part), theme.BAR, width)
        yield Strip.blank(width, theme.BAR)
    yield whole(SafeText(f"{close} closes"), theme.BAR_DIM, width)
