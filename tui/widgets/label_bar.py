"""The labels and their digits; those that the example has stand out."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui import theme
from tui.safe_text import SafeText, visible_line
from tui.wrapping import fit


class LabelBar(Widget, can_focus=False):
    """Where they do not fit, names are cut to the same width."""

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

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 (it has one line)
        width = self.size.width
        needed = sum(cell_len(label) + 4 for label in self._labels)
        most = width if needed <= width else max(1, width // max(1, len(self._labels)) - 4)
        segments: list[Segment] = []
        for number, (name, label) in enumerate(zip(self._names, self._labels, strict=True), start=1):
            text = fit(label, min(most, cell_len(label)))
            given = name in self._given
            segments.append(Segment(f" {number}", theme.DIM))
            segments.append(
                Segment(SafeText(f"{'✓' if given else ' '}{text}"), theme.FLAG if given else theme.DIM)
            )
            segments.append(Segment(" ", theme.DIM))
        return Strip(segments).adjust_cell_length(width, theme.PLAIN)
