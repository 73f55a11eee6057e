"""The labels and their digits; those that the example has stand out."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override

from tui import theme
from tui.safe_text import SafeText, visible_line
from tui.wrapping import fit

_AROUND = 3  # cells of a label besides its name


class LabelBar(Widget, can_focus=False):
    """Where they do not all fit, the longest names are cut."""

    DEFAULT_CSS = "LabelBar { height: 1; background: $background; }"

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(id="labels")
        self._labels = [visible_line(label) for label in labels]
        self._given: frozenset[str] = frozenset()
        self._names = tuple(labels)
        self.display = bool(labels)

    def show(self, given: Sequence[str]) -> None:
        if frozenset(given) != self._given:
            self._given = frozenset(given)
            self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        width = self.size.width
        widths = [cell_len(label) for label in self._labels]
        gap = " " if sum(widths) + (_AROUND + 1) * len(widths) <= width else ""
        most = _most(widths, width - (_AROUND + len(gap)) * len(widths))
        segments: list[Segment] = []
        for number, (name, label) in enumerate(zip(self._names, self._labels, strict=True), start=1):
            text = fit(label, min(most, cell_len(label)))
            given = name in self._given
            segments.append(Segment(f" {number}", theme.DIM))
            segments.append(
                Segment(SafeText(f"{'✓' if given else ' '}{text}"), theme.FLAG if given else theme.DIM)
            )
            segments.append(Segment(gap, theme.DIM))
        return Strip(segments).adjust_cell_length(width, theme.PLAIN)


def _most(widths: Sequence[int], room: int) -> int:
    """Cells that the longest names may have, so that all together are no wider than `room`; at least one."""
    most = max(widths, default=1)
    while most > 1 and sum(min(most, cells) for cells in widths) > room:
        most -= 1
    return most
