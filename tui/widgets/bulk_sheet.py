"""Before many examples are decided at once: how many they are, some of them, and what can be done."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import theme
from tui.safe_text import visible_line
from tui.widgets.sheet import Sheet


class BulkSheet(ModalScreen[str | None], Sheet[str | None]):
    """Gives `keep`, `drop`, `drop_because`, `skip` or `label N`; None when left."""

    BINDINGS: ClassVar = [
        Binding("escape,q,b", "dismiss(None)", "Close"),
        Binding("a", "dismiss('keep')", "Keep"),
        Binding("x", "dismiss('drop')", "Drop"),
        Binding("X", "dismiss('drop_because')", "Drop with reason"),
        Binding("space", "dismiss('skip')", "Skip"),
        *(Binding(str(n), f"label({n})", "Label") for n in range(1, 10)),
    ]
    DEFAULT_CSS = """
    BulkSheet { align: center middle; }
    BulkSheet VerticalScroll { width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 2;
                               background: $panel; }
    """

    def __init__(self, says: str, samples: Sequence[str], labels: Sequence[str]) -> None:
        super().__init__()
        self._says, self._samples, self._labels = says, samples, labels

    def compose(self) -> ComposeResult:
        text = Text(style=theme.BAR)
        text.append(visible_line(self._says) + "\n\n", theme.BAR_STRONG)
        for sample in self._samples:
            text.append(f"  {visible_line(sample)}\n", theme.BAR_DIM)
        text.append("\n")
        rows = [("a", "keep"), ("x", "drop"), ("X", "drop with reason"), ("space", "skip")]
        rows += [(str(n), f"label {visible_line(name)}") for n, name in enumerate(self._labels, start=1)]
        for key, what in rows:
            text.append(f"{key:<6}", theme.BAR_STRONG)
            text.append(f"{what}\n")
        text.append("esc    nothing", theme.BAR_DIM)
        with VerticalScroll(can_focus=False):
            yield Static(text, markup=False)

    def action_label(self, number: int) -> None:
        if number <= len(self._labels):
            self.dismiss(f"label {number}")
