"""The conversation shown, with the trained tokens of the assistant shaded by loss; a child beside its
parent."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip

from schemas.example import Example, Message
from tui import theme
from tui.model.sides import Side
from tui.model.tokens import Span, TokenNote
from tui.safe_text import SafeText, visible, visible_line
from tui.widgets.beside import beside
from tui.widgets.opinions import edits, opinions
from tui.widgets.strips import body, note, padded, whole
from tui.widgets.strips_pane import StripsPane

Spans = dict[int, list[Span]]


class ConversationPane(StripsPane):
    """Lines are made once for an example and width; reading on only chooses among them."""

    def show_example(
        self,
        example: Example | None,
        spans: Spans | TokenNote | None,
        parent: Example | None = None,
        sides: Sequence[Side] = (),
    ) -> None:
        """`spans` is None where there is no run: then nothing is said of token losses."""
        self.show(
            lambda width: [
                *opinions(sides, width),
                *conversation(example, spans, width, parent),
                *edits(sides, width),
            ]
        )


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
