"""Something to read, made of lines for the width there is, and read on by half pages."""

from collections.abc import Callable, Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui import theme
from tui.safe_text import SafeText
from tui.widgets.strips import whole

Make = Callable[[int], Sequence[Strip]]  # of a width in cells
_WHEEL = 3  # lines a turn of the mouse wheel


def nothing(_: int) -> Sequence[Strip]:
    return ()


class StripsPane(Widget, can_focus=False):
    """It keeps its own place instead of a scroll bar: a new virtual size would lay out the whole screen
    again each time that something else is shown."""

    DEFAULT_CSS = "StripsPane { background: $background; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._make: Make = nothing
        self._foot: Make = nothing
        self._strips: Sequence[Strip] = ()
        self._drawn: list[Strip] = []
        self._top = 0

    def on_resize(self) -> None:
        self._lay_out()

    def show(self, make: Make, *, foot: Make = nothing, from_top: bool = True) -> None:
        """Lines made for the pane's width, now and whenever that changes; `foot` stands at the pane's foot,
        or behind the others where they are more than the pane holds."""
        self._make, self._foot = make, foot
        if from_top:
            self._top = 0
        self._lay_out()

    def read(self, lines: int) -> None:
        """On by `lines`, back where negative, as far as there are lines."""
        self._top = max(0, min(self._top + lines, len(self._strips) - self.size.height))
        self._draw()

    @property
    def half_page(self) -> int:
        return max(1, self.size.height // 2)

    def render_line(self, y: int) -> Strip:
        return self._drawn[y] if y < len(self._drawn) else Strip.blank(self.size.width, theme.PLAIN)

    def on_mouse_scroll_down(self) -> None:
        self.read(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.read(-_WHEEL)

    def _line(self, y: int) -> Strip:
        line, width = y + self._top, self.size.width
        below = len(self._strips) - self._top - self.size.height
        if below > 0 and y == self.size.height - 1:
            return whole(SafeText(f"  ▼ {below + 1:,} more lines: J"), theme.NOTICE, width)
        return self._strips[line] if line < len(self._strips) else Strip.blank(width, theme.PLAIN)

    def _lay_out(self) -> None:
        width = self.size.width
        strips, foot = (self._make(width), self._foot(width)) if width > 0 else ((), ())
        room = max(0, self.size.height - len(strips) - len(foot)) if foot else 0
        self._strips = [*strips, *[Strip.blank(width, theme.PLAIN)] * room, *foot]
        self._top = max(0, min(self._top, len(self._strips) - self.size.height))
        self._draw()

    def _draw(self) -> None:
        """Draw again what differs from what is on the screen: from the first such line to the last."""
        lines = [self._line(y) for y in range(self.size.height)]
        differ = [y for y, line in enumerate(lines) if y >= len(self._drawn) or line != self._drawn[y]]
        self._drawn = lines
        if differ:
            self.refresh(Region(0, differ[0], self.size.width, differ[-1] + 1 - differ[0]))
