"""Tables of Rich as strips of a page. Whoever makes a table lets its cells through the gate."""

from functools import cache

from rich.console import Console, RenderableType
from rich.segment import Segment
from textual.strip import Strip

from train.fitted import fitted
from tui import theme
from tui.widgets.strips import INDENT

_ROOMY = 100  # cells


def table_strips(table: RenderableType, width: int) -> list[Strip]:
    """The table's lines, or its paragraphs, indented, each exactly `width` cells."""
    room = max(1, width - len(INDENT))
    console = _console()
    shown = fitted(table, console, room)
    lines = console.render_lines(shown, console.options.update_width(room), style=theme.PLAIN, pad=True)
    indent = Segment(INDENT, theme.PLAIN)
    return [Strip([indent, *line]).adjust_cell_length(width, theme.PLAIN) for line in lines]


@cache
def _console() -> Console:
    return Console(width=_ROOMY, force_terminal=True, color_system="truecolor", highlight=False, markup=False)
