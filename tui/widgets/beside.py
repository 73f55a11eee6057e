"""A child beside its parent: what both say stands once, what differs stands in two columns or, where there is
no room for these, one above the other. Changed words are marked on both sides."""

from itertools import zip_longest

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


def beside(parent: Example, child: Example, spans: dict[int, list[Span]], width: int) -> list[Strip]:
    """The lines of both, each exactly `width` cells; `spans` are token losses by the child's message, which
    are shown where the child says what its parent says."""
    strips: list[Strip] = []
    for turn in turns(parent, child):
        if turn.after is not None and turn.same:
            strips += _same(turn.after, spans.get(turn.index, []), width)
        elif width >= TWO_COLUMNS:
            strips += _columns(turn, width)
        else:
            strips += [*_side(turn, "parent", width), *_side(turn, "child", width)]
        if turn.remark:
            strips += note(SafeText(turn.remark), width)
        strips.append(Strip.blank(width, theme.PLAIN))
    return strips


def _same(message: Message, spans: list[Span], width: int) -> list[Strip]:
    shades = [(start, end, theme.shade(nats)) for start, end, nats in spans]
    head = _head(message.role, "parent and child", width)
    return [head, *body(message.content, shades, theme.SHADES, width), *_calls(message, width)]


def _columns(turn: Turn, width: int) -> list[Strip]:
    left = (width - len(_RULE)) // 2
    right = width - len(_RULE) - left
    rule = Strip([Segment(_RULE, theme.DIM)], len(_RULE))
    lines = zip_longest(_side(turn, "parent", left), _side(turn, "child", right))
    return [
        Strip.join([a or Strip.blank(left, theme.PLAIN), rule, b or Strip.blank(right, theme.PLAIN)])
        for a, b in lines
    ]


def _side(turn: Turn, name: str, width: int) -> list[Strip]:
    """One side of a turn: its heading, and its text with the words marked that the other side lacks."""
    message = turn.before if name == "parent" else turn.after
    head = _head(turn.role, name, width)
    if message is None:
        return [head, *note(SafeText("says nothing here"), width)]
    marks = [(start, end, 1) for start, end in _marks(turn, name)]
    styles = (theme.PLAIN, theme.REMOVED if name == "parent" else theme.ADDED)
    return [head, *body(message.content, marks, styles, width), *_calls(message, width)]


def _marks(turn: Turn, name: str) -> list[Slice]:
    diff = turn.diff
    if diff is None or diff.nothing_alike:
        return []
    return diff.removed if name == "parent" else diff.added


def _head(role: str, side: str, width: int) -> Strip:
    return whole(visible_line(f" {role} · {side}"), theme.ROLE.get(role, theme.DIM), width)


def _calls(message: Message, width: int) -> list[Strip]:
    return note(visible(f"calls {message.tool_calls}"), width) if message.tool_calls else []
