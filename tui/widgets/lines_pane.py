"""A list of which only the lines on the screen are made: clusters, spans, runs, answers."""

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import theme
from tui.model.listing import Cursor, Lines, first_line
from tui.safe_text import SafeText, visible_line
from tui.wrapping import fit


class LinesPane(ScrollView, can_focus=False):
    """Lines of `Lines`, the cursor's marked by a bar and by its weight, those that are done dimmed."""

    DEFAULT_CSS = """
    LinesPane { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
                background: $background; }
    """

    class Chosen(Message):
        """A line was clicked."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: Lines = ()  # type: ignore[assignment]
        self._cursor = Cursor()

    def on_resize(self) -> None:
        self._measure()

    def show(self, lines: Lines, cursor: Cursor) -> None:
        """All lines anew, at the cursor."""
        self._lines, self._cursor = lines, cursor
        self._measure()

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, max(1, len(self._lines)))
        self._follow()
        self.refresh()

    @property
    def page(self) -> int:
        """Lines on the screen."""
        return max(1, self.scrollable_content_region.height)

    def render_line(self, y: int) -> Strip:
        width, at = self.scrollable_content_region.width, y + self.scroll_offset.y
        if at >= len(self._lines):
            return Strip.blank(width, theme.PLAIN)
        here = at == self._cursor.position
        text = fit(SafeText(f"{'▌' if here else ' '}{visible_line(self._lines.line(at))}"), width)
        rest = theme.DIM if self._lines.done(at) else theme.PLAIN
        return Strip([Segment(text, theme.CURSOR if here else rest)], width)

    def on_click(self, event: events.Click) -> None:
        at = event.y + self.scroll_offset.y
        if at < len(self._lines):
            self.post_message(self.Chosen(at))

    def _follow(self) -> None:
        """Turn over to the page that the cursor is on."""
        top = first_line(self.scroll_offset.y, self.page, self._cursor.position)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)
