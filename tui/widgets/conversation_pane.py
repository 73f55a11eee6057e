"""The conversation shown, with the trained tokens of the assistant shaded by loss."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from schemas.example import Example, Message
from tui import theme
from tui.model.tokens import Span, TokenNote
from tui.safe_text import SafeText, visible, visible_line, visible_with_offsets
from tui.wrapping import fit, wrap

Spans = dict[int, list[Span]]
_INDENT = "  "
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
        self._strips: list[Strip] = []
        self._drawn: list[Strip] = []
        self._top = 0

    def on_resize(self) -> None:
        self._lay_out()

    def show(self, example: Example | None, spans: Spans | TokenNote | None) -> None:
        """`spans` is None where there is no run: then nothing is said of token losses."""
        self._example, self._spans = example, spans
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
            return _whole(SafeText(f"  ▼ {below + 1:,} more lines: J"), theme.NOTICE, width)
        return self._strips[line] if line < len(self._strips) else Strip.blank(width, theme.PLAIN)

    def on_mouse_scroll_down(self) -> None:
        self.read(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.read(-_WHEEL)

    def _lay_out(self) -> None:
        width = self.size.width
        self._strips = conversation(self._example, self._spans, width) if width > 0 else []
        self._draw()

    def _draw(self) -> None:
        """Draw again what differs from what is on the screen: from the first such line to the last."""
        lines = [self._line(y) for y in range(self.size.height)]
        differ = [y for y, line in enumerate(lines) if y >= len(self._drawn) or line != self._drawn[y]]
        self._drawn = lines
        if differ:
            self.refresh(Region(0, differ[0], self.size.width, differ[-1] + 1 - differ[0]))


def conversation(example: Example | None, spans: Spans | TokenNote | None, width: int) -> list[Strip]:
    """The lines of an example, each exactly `width` cells."""
    if example is None:
        return [_whole(SafeText(" No example is shown."), theme.DIM, width)]
    shaded = spans if isinstance(spans, dict) else {}
    strips: list[Strip] = []
    for index, message in enumerate(example.messages):
        strips += _message(message, shaded.get(index, ()), width)
    if isinstance(spans, TokenNote):
        strips += _note(visible_line(f"token losses not shown: {spans.why}"), width)
    elif shaded:
        strips.append(_legend(width))
    return strips


def _message(message: Message, spans: Sequence[Span], width: int) -> list[Strip]:
    style = theme.ROLE.get(message.role, theme.DIM)
    name = f" {message.name}" if message.name else ""
    head = _whole(visible_line(f" {message.role}{name}"), style, width)
    if message.role == "system":
        text = fit(visible_line(f" system: {message.content}"), width)
        return [_whole(text, theme.DIM, width)]
    body = _shaded(message.content, spans, width)
    if message.tool_calls:
        body += _note(visible(f"calls {message.tool_calls}"), width)
    return [head, *body, Strip.blank(width, theme.PLAIN)]


def _shaded(content: str, spans: Sequence[Span], width: int) -> list[Strip]:
    text, offsets = visible_with_offsets(content)
    steps = bytearray(len(text))
    for start, end, nats in spans:
        step = theme.shade(nats)
        steps[offsets[start] : offsets[end]] = bytes([step]) * (offsets[end] - offsets[start])
    lines = wrap(text, max(1, width - len(_INDENT)))
    return [_padded(_runs(text, steps, start, end), width) for start, end in lines]


def _runs(text: SafeText, steps: bytearray, start: int, end: int) -> list[Segment]:
    """Segments of `text[start:end]`, one for each run of characters of the same step."""
    segments = [Segment(_INDENT, theme.PLAIN)]
    begin = start
    for index in range(start + 1, end + 1):
        if index == end or steps[index] != steps[begin]:
            segments.append(Segment(text[begin:index], theme.SHADES[steps[begin]]))
            begin = index
    return segments


def _note(text: SafeText, width: int) -> list[Strip]:
    lines = wrap(text, max(1, width - len(_INDENT)))
    return [_whole(SafeText(_INDENT + text[start:end]), theme.DIM, width) for start, end in lines]


def _legend(width: int) -> Strip:
    segments = [Segment("  the model gave a token  ", theme.DIM)]
    for words, style in zip(theme.SHADE_WORDS, theme.SHADES, strict=True):
        segments += [Segment(words, style), Segment("  ", theme.DIM)]
    return _padded(segments, width)


def _whole(text: SafeText, style: Style, width: int) -> Strip:
    return Strip([Segment(fit(text, width), style)], width)


def _padded(segments: list[Segment], width: int) -> Strip:
    return Strip(segments).adjust_cell_length(width, theme.PLAIN)
