"""What annotators in conflict say: a line each above the conversation, the texts of their edits below it."""

from collections.abc import Sequence

from textual.strip import Strip

from tui import theme
from tui.model.family import Turn
from tui.model.sides import Side
from tui.safe_text import SafeText, visible, visible_line
from tui.widgets.strips import body, note, whole


def opinions(sides: Sequence[Side], width: int) -> list[Strip]:
    lines = [strip for side in sides for strip in _says(side, width)]
    if len(sides) > 1:
        lines += note(SafeText("t sides with one of them; any other decision ends the conflict too"), width)
    return [*lines, Strip.blank(width, theme.PLAIN)] if lines else []


def edits(sides: Sequence[Side], width: int) -> list[Strip]:
    """The turns that each edit changes, with the words marked that the example lacks."""
    strips: list[Strip] = []
    for side in sides:
        if side.changed:
            strips += _says(side, width)
        for turn in side.changed:
            strips += [*_turn(turn, width), Strip.blank(width, theme.PLAIN)]
    return strips


def _says(side: Side, width: int) -> list[Strip]:
    return body(side.says, (), (theme.FLAG,), width)


def _turn(turn: Turn, width: int) -> list[Strip]:
    head = whole(visible_line(f" {turn.role} · as edited"), theme.ROLE.get(turn.role, theme.DIM), width)
    if turn.after is None:
        return [head, *note(SafeText("taken out"), width)]
    diff = turn.diff
    marks = [] if diff is None or diff.nothing_alike else [(start, end, 1) for start, end in diff.added]
    calls = note(visible(f"calls {turn.after.tool_calls}"), width) if turn.after.tool_calls else []
    return [head, *body(turn.after.content, marks, (theme.PLAIN, theme.ADDED), width), *calls]
