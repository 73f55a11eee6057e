"""The queue as a list: only lines on the screen are ever made, so a million rows open like ten."""

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import theme
from tui.model.listing import first_line
from tui.model.review import Review
from tui.safe_text import SafeText, visible_line
from tui.wrapping import fit

_EMPTY = (
    "Nothing in this list.",
    "",
    "Q  another queue",
    "/  another filter (empty shows all)",
    "q  leave",
)


class ListPane(ScrollView, can_focus=False):
    """A line is: cursor, verdict (K, D, E, - for skip), second look (!), mark (*), signal, beginning of the
    prompt. The cursor's ground ends before the prompt: a move redraws two short pieces, not two lines."""

    DEFAULT_CSS = """
    ListPane { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
               background: $background; }
    """

    class Chosen(Message):
        """A line was clicked."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    def __init__(self, review: Review, *, id: str) -> None:
        super().__init__(id=id)
        self._review = review
        self._cursor = review.place.position

    def on_resize(self) -> None:
        self.show_list()

    def show_list(self) -> None:
        """After another queue or filter: everything is new."""
        self.virtual_size = Size(self.scrollable_content_region.width, max(1, len(self._review.place)))
        self._cursor = self._review.place.position
        self._follow()
        self.refresh()

    def show_cursor(self) -> None:
        """After a decision or a move: the lines left and reached are drawn again, no others."""
        before, self._cursor = self._cursor, self._review.place.position
        self.refresh_line(before)
        self.refresh_line(self._cursor)
        self._follow()

    def show_row(self, row: int) -> None:
        position = self._review.place.position_of(row)
        if position is not None:
            self.refresh_line(position)

    @property
    def page(self) -> int:
        """Lines on the screen."""
        return max(1, self.scrollable_content_region.height)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        position = y + self.scroll_offset.y
        if not len(self._review.place):
            text = _EMPTY[y] if y < len(_EMPTY) else ""
            return Strip([Segment(fit(SafeText(text), width), theme.DIM)], width)
        if position >= len(self._review.place):
            return Strip.blank(width, theme.PLAIN)
        return self._line(position, width)

    def on_click(self, event: events.Click) -> None:
        position = event.y + self.scroll_offset.y
        if position < len(self._review.place):
            self.post_message(self.Chosen(position))

    def _line(self, position: int, width: int) -> Strip:
        review = self._review
        row = int(review.place.order[position])
        here = position == self._cursor
        verdict = review.verdicts.verdict(row)
        signal = review.signal_at(row)
        number = f"{signal:6.{review.decimals}f}" if signal == signal else "     ·"
        look = "!" if review.verdicts.is_flagged(row) else " "
        mark = "*" if row in review.marks else " "
        head = f"{'▌' if here else ' '}{theme.MARKS[verdict]}{look}{mark}"
        text = fit(SafeText(f"{head}{number} {visible_line(review.corpus.preview(row))}"), width)
        rest = theme.PLAIN if verdict is None else theme.DIM
        return Strip(
            [Segment(text[: len(head)], theme.POINTER if here else rest), Segment(text[len(head) :], rest)],
            width,
        )

    def _follow(self) -> None:
        """Turn over to the page that the cursor is on: most decisions then redraw two lines only."""
        top = first_line(self.scroll_offset.y, self.page, self._cursor)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)
