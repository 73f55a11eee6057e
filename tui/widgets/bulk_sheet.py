"""Before many examples are decided at once: how many they are, some of them, and what can be done."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import theme
from tui.actions.registry import Registry
from tui.actions.sheets import BULK
from tui.safe_text import visible_line
from tui.widgets.bindings import bindings_of
from tui.widgets.sheet import Sheet


class BulkSheet(ModalScreen[str | None], Sheet[str | None]):
    """Gives `keep`, `drop`, `drop_because`, `skip` or `label N`; None when left."""

    BINDINGS: ClassVar = bindings_of(BULK)
    DEFAULT_CSS = """
    BulkSheet { align: center middle; }
    BulkSheet VerticalScroll { width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 2;
                               background: $panel; }
    """

    def __init__(self, says: str, samples: Sequence[str], labels: Sequence[str], registry: Registry) -> None:
        super().__init__()
        self._says, self._samples, self._labels = says, samples, labels
        self._registry = registry

    def compose(self) -> ComposeResult:
        text = Text(style=theme.BAR)
        text.append(visible_line(self._says) + "\n\n", theme.BAR_STRONG)
        for sample in self._samples:
            text.append(f"  {visible_line(sample)}\n", theme.BAR_DIM)
        text.append("\n")
        for action in self._registry.of(BULK):
            number = action.id.removeprefix("bulk_label_")
            if not number.isdecimal():
                text.append(f"{action.shown:<7}", theme.BAR_STRONG)
                text.append(f"{action.label}\n")
            elif int(number) <= len(self._labels):
                text.append(f"{action.shown:<7}", theme.BAR_STRONG)
                text.append(f"label {visible_line(self._labels[int(number) - 1])}\n")
        with VerticalScroll(can_focus=False):
            yield Static(text, markup=False)

    def action_label(self, number: int) -> None:
        if number <= len(self._labels):
            self.dismiss(f"label {number}")
