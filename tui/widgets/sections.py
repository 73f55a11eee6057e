"""Headings with lines below them, as strips of a page."""

from collections.abc import Sequence

from textual.strip import Strip

from tui import theme
from tui.model.facts import Section
from tui.safe_text import visible_line
from tui.widgets.strips import body, whole


def sections(found: Sequence[Section], width: int) -> list[Strip]:
    """Every line passes the gate, and is wrapped where it is too long."""
    strips: list[Strip] = []
    for heading, lines in found:
        strips.append(whole(visible_line(f" {heading}"), theme.NOTICE, width))
        for line in lines:
            strips += body(line, (), (theme.PLAIN,), width)
        strips.append(Strip.blank(width, theme.PLAIN))
    return strips
