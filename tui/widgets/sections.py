"""Headings with lines below them, as strips of a page."""

from collections.abc import Sequence

from textual.strip import Strip

from tui import theme
from tui.model.facts import Section
from tui.safe_text import SafeText, visible, visible_line
from tui.widgets.strips import INDENT, whole
from tui.wrapping import hanging


def sections(found: Sequence[Section], width: int) -> list[Strip]:
    """Every line passes the gate, and is wrapped where it is too long."""
    strips: list[Strip] = []
    for heading, lines in found:
        strips.append(whole(visible_line(f" {heading}"), theme.NOTICE, width))
        for line in lines:
            laid_out = hanging(visible(line), max(1, width - len(INDENT)))
            strips += [whole(SafeText(INDENT + part), theme.PLAIN, width) for part in laid_out]
        strips.append(Strip.blank(width, theme.PLAIN))
    return strips
