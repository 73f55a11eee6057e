"""Lines of the panes, each exactly as wide as asked: wrapped text, with spans of it in other styles."""

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui import theme
from tui.safe_text import SafeText, visible_with_offsets
from tui.wrapping import fit, wrap

INDENT = "  "  # of what stands below a heading
MARGIN = " "  # of what is said below the name of who says it: as that has, so that lines begin in one column
StyledSpan = tuple[int, int, int]  # first character, one past the last, the style's index


def body(content: str, spans: Iterable[StyledSpan], styles: Sequence[Style], width: int) -> list[Strip]:
    """`content`; outside `spans` it has the first of `styles`. Spans count characters of the data,
    whatever the gate makes of them."""
    text, offsets = visible_with_offsets(content)
    steps = bytearray(len(text))
    for start, end, step in spans:
        steps[offsets[start] : offsets[end]] = bytes([step]) * (offsets[end] - offsets[start])
    lines = wrap(text, max(1, width - len(MARGIN)))
    return [padded(_runs(text, steps, styles, start, end), width) for start, end in lines]


def note(text: SafeText, width: int) -> list[Strip]:
    """A remark of ours below a text, wrapped."""
    lines = wrap(text, max(1, width - len(MARGIN)))
    return [whole(SafeText(MARGIN + text[start:end]), theme.DIM, width) for start, end in lines]


def whole(text: SafeText, style: Style, width: int) -> Strip:
    """One line in one style, cut where it is too long."""
    return Strip([Segment(fit(text, width), style)], width)


def padded(segments: list[Segment], width: int) -> Strip:
    return Strip(segments).adjust_cell_length(width, theme.PLAIN)


def _runs(text: SafeText, steps: bytearray, styles: Sequence[Style], start: int, end: int) -> list[Segment]:
    """Segments of `text[start:end]`, one for each run of characters of the same style."""
    segments = [Segment(MARGIN, theme.PLAIN)]
    begin = start
    for index in range(start + 1, end + 1):
        if index == end or steps[index] != steps[begin]:
            segments.append(Segment(text[begin:index], styles[steps[begin]]))
            begin = index
    return segments
