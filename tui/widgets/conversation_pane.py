"""The conversation shown, with the trained tokens of the assistant shaded by loss, what was searched for and
what the pii stage found marked; an example beside another one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.segment import Segment
from textual.strip import Strip

from schemas.example import Example, Message
from tui import theme
from tui.model.calls import calls_in_words
from tui.model.compare import Other
from tui.model.hits import Hit
from tui.model.pii_spans import PiiSpan
from tui.model.sides import Side
from tui.model.tokens import Span, TokenNote
from tui.safe_text import SafeText, visible, visible_line
from tui.widgets.beside import beside
from tui.widgets.opinions import edits, opinions
from tui.widgets.strips import StyledSpan, body, note, padded, whole
from tui.widgets.strips_pane import StripsPane

Spans = dict[int, list[Span]]


@dataclass(frozen=True, slots=True)
class Page:
    """`spans` is None where there is no run: then nothing is said of token losses. `other` stands beside the
    example, and `sides` above it. `hit` is the one of `hits` gone to; `found` and `remarks` are of stages,
    the latter by message."""

    example: Example | None
    spans: Spans | TokenNote | None = None
    other: Other | None = None
    sides: Sequence[Side] = ()
    hits: Sequence[Hit] = ()
    hit: Hit | None = None
    found: Sequence[PiiSpan] = ()
    remarks: Mapping[int, Sequence[str]] = field(default_factory=dict)


class ConversationPane(StripsPane):
    """Lines are made once for an example and width; reading on only chooses among them."""

    def show_page(self, page: Page, *, from_top: bool = True) -> None:
        self.show(
            lambda width: [
                *opinions(page.sides, width),
                *_texts(page, width),
                *edits(page.sides, width),
            ],
            foot=lambda width: _footing(page, width),
            from_top=from_top,
        )
        if page.hit is not None:
            self._bring(next((y for y, strip in enumerate(self._strips) if _has_hit(strip)), 0))

    def go_to_message(self, step: int) -> None:
        """To the heading of the next message, or of the one before."""
        heads = [y for y, strip in enumerate(self._strips) if _is_head(strip)]
        beyond = [y for y in heads if (y > self._top if step > 0 else y < self._top)]
        if beyond:
            self.read(beyond[0 if step > 0 else -1] - self._top)
        elif step < 0:
            self.read(-self._top)

    def _bring(self, line: int) -> None:
        """Into sight, with a few lines before it."""
        if not self._top <= line < self._top + self.size.height - 1:
            self.read(line - self.size.height // 3 - self._top)


def conversation(page: Page, width: int) -> list[Strip]:
    """The lines of an example, each exactly `width` cells, with what is to be known of their shades."""
    return [*_texts(page, width), *_footing(page, width)]


def _texts(page: Page, width: int) -> list[Strip]:
    """One that stands beside another has no system prompt: both have the recipe's."""
    example, spans = page.example, page.spans
    if example is None:
        return [whole(SafeText(" No example is shown."), theme.DIM, width)]
    shaded = spans if isinstance(spans, dict) else {}
    strips: list[Strip] = []
    if page.other is not None:
        names = ("parent", "child") if page.other.name == "parent" else (page.other.name, "this one")
        strips += beside(page.other.example, example, shaded, width, names)
    else:
        for index, message in enumerate(example.messages):
            strips += _message(page, index, message, shaded.get(index, ()), width)
    return strips


def _footing(page: Page, width: int) -> list[Strip]:
    """At the same place for every example, for it rarely differs between them."""
    if page.example is None:
        return []
    if isinstance(page.spans, TokenNote):
        return note(visible_line(f"token losses not shown: {page.spans.why}"), width)
    return [_legend(width)] if page.spans else []


def _message(page: Page, index: int, message: Message, spans: Sequence[Span], width: int) -> Iterator[Strip]:
    if message.role == "system":
        yield whole(visible_line(f" system: {message.content}"), theme.DIM, width)
        return
    said = [message.role, *([message.name] if message.name else []), *page.remarks.get(index, ())]
    yield whole(visible_line(f" {' · '.join(said)}"), theme.ROLE.get(message.role, theme.DIM), width)
    styles = (*theme.SHADES, theme.FOUND, theme.HIT, theme.HIT_HERE)
    yield from body(message.content, _marks(page, index, spans), styles, width)
    if message.tool_calls:
        yield from note(visible(f"calls {calls_in_words(message.tool_calls)}"), width)
    yield Strip.blank(width, theme.PLAIN)


def _marks(page: Page, index: int, spans: Sequence[Span]) -> Iterator[StyledSpan]:
    """Later ones lie over earlier ones."""
    found, hit, here = range(len(theme.SHADES), len(theme.SHADES) + 3)
    yield from ((start, end, theme.shade(nats)) for start, end, nats in spans)
    yield from ((span.start, span.end, found) for span in page.found if span.message == index)
    yield from ((start, end, hit) for message, start, end in page.hits if message == index)
    if page.hit is not None and page.hit[0] == index:
        yield (*page.hit[1:], here)


def _is_head(strip: Strip) -> bool:
    return any(segment.style in theme.ROLE.values() for segment in strip)


def _has_hit(strip: Strip) -> bool:
    return any(segment.style == theme.HIT_HERE for segment in strip)


def _legend(width: int) -> Strip:
    segments = [Segment(" probability of a token  ", theme.DIM)]
    for words, style in zip(theme.SHADE_WORDS, theme.SHADES, strict=True):
        segments += [Segment(words, style), Segment("  ", theme.DIM)]
    return padded(segments, width)
