"""Two examples beside each other, such as a child and its parent: what both say stands once, what differs
stands in two columns or, where there is no room for these, one above the other. Changed words are marked on
both sides."""

from itertools import zip_longest
from typing import Literal

from rich.segment import Segment
from textual.strip import Strip

from schemas.example import Example, Message
from tui import theme
from tui.model.family import Turn, turns
from tui.model.tokens import Span
from tui.model.word_diff import Slice
from tui.safe_text import SafeText, visible, visible_line
from tui.widgets.strips import body, note, whole

TWO_COLUMNS = 64  # cells: in fewer, columns are too narrow to read
_RULE = " │"
Names = tuple[str, str]  # of the left one and the right one
Side = Literal[0, 1]


def beside(
    left: Example,
    right: Example,
    spans: dict[int, list[Span]],
    width: int,
    names: Names = ("parent", "child"),
) -> list[Strip]:
    """The lines of both, each exactly `width` cells; `spans` are token losses by the right one's message,
    which are shown where both say the same."""
    strips: list[Strip] = []
    for turn in turns(left, right):
        if turn.after is not None and turn.same:
            strips += _same(turn.after, spans.get(turn.index, []), width)
        elif width >= TWO_COLUMNS:
            strips += _columns(turn, names, width)
        else:
            strips += [*_side(turn, 0, names, width), *_side(turn, 1, names, width)]
        if turn.remark:
            strips += note(SafeText(turn.remark), width)
        strips.append(Strip.blank(width, theme.PLAIN))
    return strips


def _same(message: Message, spans: list[Span], width: int) -> list[Strip]:
    shades = [(start, end, theme.shade(nats)) for start, end, nats in spans]
    head = _head(message.role, "both", width)
    return [head, *body(message.content, shades, theme.SHADES, width), *_calls(message, width)]


def _columns(turn: Turn, names: Names, width: int) -> list[Strip]:
    left = (width - len(_RULE)) // 2
    right = width - len(_RULE) - left
    rule = Strip([Segment(_RULE, theme.PLAIN)], len(_RULE))  # as the text, to be written in one go with it
    lines = zip_longest(_side(turn, 0, names, left), _side(turn, 1, names, right))
    return [
        Strip.join([a or Strip.blank(left, theme.PLAIN), rule, b or Strip.blank(right, theme.PLAIN)])
        for a, b in lines
    ]


def _side(turn: Turn, side: Side, names: Names, width: int) -> list[Strip]:
    """One side of a turn: its heading, and its text with the words marked that the other side lacks."""
    message = (turn.before, turn.after)[side]
    head = _head(turn.role, names[side], width)
    if message is None:
        return [head, *note(SafeText("says nothing here"), width)]
    marks = [(start, end, 1) for start, end in _marks(turn, side)]
    styles = (theme.PLAIN, (theme.REMOVED, theme.ADDED)[side])
    return [head, *body(message.content, marks, styles, width), *_calls(message, width)]


def _marks(turn: Turn, side: Side) -> list[Slice]:
    diff = turn.diff
    if diff is None or diff.nothing_alike:
        return []
    return (diff.removed, diff.added)[side]


def _head(role: str, side: str, width: int) -> Strip:
    return whole(visible_line(f" {role} · {side}"), theme.ROLE.get(role, theme.DIM), width)


def _calls(message: Message, width: int) -> list[Strip]:
    return note(visible(f"calls {message.tool_calls}"), width) if message.tool_calls else []
