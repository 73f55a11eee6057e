"""The conversation shown, with the trained tokens of the assistant shaded by loss; a child beside its
parent."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from schemas.example import Example, Message
from tui import theme
from tui.model.sides import Side
from tui.model.tokens import Span, TokenNote
from tui.safe_text import SafeText, visible, visible_line
from tui.widgets.beside import beside
from tui.widgets.opinions import edits, opinions
from tui.widgets.strips import body, note, padded, whole

Spans = dict[int, list[Span]]
_WHEEL = 3  # lines a turn of the mouse wheel


class ConversationPane(Widget, can_focus=False):
    """Strips are made once for an example and width; reading on only chooses among them.

    It keeps its own place instead of a scroll bar: a new virtual size would lay out the whole screen again
    for every example.
    """

    DEFAULT_CSS = "ConversationPane { background: $background; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._example: Example | None = None
        self._spans: Spans | TokenNote | None = None
        self._made_from: Example | None = None
        self._sides: Sequence[Side] = ()
        self._strips: list[Strip] = []
        self._drawn: list[Strip] = []
        self._top = 0

    def on_resize(self) -> None:
        self._lay_out()

    def show(
        self,
        example: Example | None,
        spans: Spans | TokenNote | None,
        parent: Example | None = None,
        sides: Sequence[Side] = (),
    ) -> None:
        """`spans` is None where there is no run: then nothing is said of token losses."""
        self._example, self._spans, self._made_from, self._sides = example, spans, parent, sides
        self._top = 0
        self._lay_out()

    def read(self, lines: int) -> None:
        """On by `lines`, back where negative, as far as there are lines."""
        self._top = max(0, min(self._top + lines, len(self._strips) - self.size.height))
        self._draw()

    @property
    def half_page(self) -> int:
        return max(1, self.size.height // 2)

    def render_line(self, y: int) -> Strip:
        return self._drawn[y] if y < len(self._drawn) else Strip.blank(self.size.width, theme.PLAIN)

    def _line(self, y: int) -> Strip:
        line = y + self._top
        width = self.size.width
        below = len(self._strips) - self._top - self.size.height
        if below > 0 and y == self.size.height - 1:
            return whole(SafeText(f"  ▼ {below + 1:,} more lines: J"), theme.NOTICE, width)
        return self._strips[line] if line < len(self._strips) else Strip.blank(width, theme.PLAIN)

    def on_mouse_scroll_down(self) -> None:
        self.read(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.read(-_WHEEL)

    def _lay_out(self) -> None:
        width = self.size.width
        shown = (self._example, self._spans, width, self._made_from)
        self._strips = (
            [*opinions(self._sides, width), *conversation(*shown), *edits(self._sides, width)]
            if width > 0
            else []
        )
        self._draw()

    def _draw(self) -> None:
        """Draw again what differs from what is on the screen: from the first such line to the last."""
        lines = [self._line(y) for y in range(self.size.height)]
        differ = [y for y, line in enumerate(lines) if y >= len(self._drawn) or line != self._drawn[y]]
        self._drawn = lines
        if differ:
            self.refresh(Region(0, differ[0], self.size.width, differ[-1] + 1 - differ[0]))


def conversation(
    example: Example | None, spans: Spans | TokenNote | None, width: int, parent: Example | None = None
) -> list[Strip]:
    """The lines of an example, each exactly `width` cells. A child has its parent's beside them, and no
    system prompt: both have the recipe's."""
    if example is None:
        return [whole(SafeText(" No example is shown."), theme.DIM, width)]
    shaded = spans if isinstance(spans, dict) else {}
    strips: list[Strip] = []
    if parent is not None:
        strips += beside(parent, example, shaded, width)
    else:
        for index, message in enumerate(example.messages):
            strips += _message(message, shaded.get(index, ()), width)
    if isinstance(spans, TokenNote):
        strips += note(visible_line(f"token losses not shown: {spans.why}"), width)
    elif shaded:
        strips.append(_legend(width))
    return strips


def _message(message: Message, spans: Sequence[Span], width: int) -> list[Strip]:
    if message.role == "system":
        return [whole(visible_line(f" system: {message.content}"), theme.DIM, width)]
    name = f" {message.name}" if message.name else ""
    head = whole(visible_line(f" {message.role}{name}"), theme.ROLE.get(message.role, theme.DIM), width)
    shades = [(start, end, theme.shade(nats)) for start, end, nats in spans]
    lines = body(message.content, shades, theme.SHADES, width)
    if message.tool_calls:
        lines += note(visible(f"calls {message.tool_calls}"), width)
    return [head, *lines, Strip.blank(width, theme.PLAIN)]


def _legend(width: int) -> Strip:
    segments = [Segment("  the model gave a token  ", theme.DIM)]
    for words, style in zip(theme.SHADE_WORDS, theme.SHADES, strict=True):
        segments += [Segment(words, style), Segment("  ", theme.DIM)]
    return padded(segments, width)
