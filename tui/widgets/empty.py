"""What a screen shows where there is nothing to show: why, and what to press."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui import theme
from tui.safe_text import SafeText, visible_line
from tui.wrapping import fit, wrap


class Empty(Widget, can_focus=False):
    """Hidden until it has lines; then `-empty` on the screen hides the panes: give these `SiftScreen.-empty
    #panes { display: none; }`, or put them into a container called `panes`."""

    SCOPED_CSS = False  # it speaks of the screen and of the panes beside it
    DEFAULT_CSS = """
    Empty { display: none; height: 1fr; background: $background; }
    .-empty Empty { display: block; }
    .-empty #panes { display: none; }
    """

    def __init__(self, lines: Sequence[str] = (), *, id: str = "empty") -> None:
        super().__init__(id=id)
        self._lines = [visible_line(line) for line in lines]

    def show(self, lines: Sequence[str]) -> None:
        self._lines = [visible_line(line) for line in lines]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        wrapped = [line[start:end] for line in self._lines for start, end in wrap(line, max(1, width - 2))]
        text = f" {wrapped[y]}" if y < len(wrapped) else ""
        return Strip([Segment(fit(SafeText(text), width), theme.DIM)], width)
