"""Before many examples are decided at once: how many they are, some of them, and what can be done."""

from collections.abc import Iterator, Sequence
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
    BulkSheet #choices { margin: 1 0; }
    BulkSheet.-narrow #choices { margin: 0; }
    BulkSheet #samples { text-wrap: nowrap; text-overflow: ellipsis; }
    BulkSheet VerticalScroll { width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 2;
                               background: $panel; }
    BulkSheet.-narrow VerticalScroll { width: 100%; max-height: 100%; padding: 0 1; }
    """

    def __init__(self, says: str, samples: Sequence[str], labels: Sequence[str], registry: Registry) -> None:
        super().__init__()
        self._says, self._samples, self._labels = says, samples, labels
        self._registry = registry

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static(Text(visible_line(self._says), theme.BAR_STRONG), markup=False)
            yield Static(Text("\n").join(self._choices()), markup=False, id="choices")
            yield Static(Text("\n".join(self._shown()), theme.BAR_DIM), markup=False, id="samples")

    def _shown(self) -> list[str]:
        some = [f"  {visible_line(sample)}" for sample in self._samples]
        return ["among them:", *some]

    def _choices(self) -> Iterator[Text]:
        for action in self._registry.of(BULK):
            number = action.id.removeprefix("bulk_label_")
            if not number.isdecimal():
                yield self._choice(action.shown, action.label)
            elif int(number) <= len(self._labels):
                yield self._choice(action.shown, f"label {visible_line(self._labels[int(number) - 1])}")

    def _choice(self, key: str, does: str) -> Text:
        return Text.assemble((f"{key:<7}", theme.BAR_STRONG), (does, theme.BAR))

    def action_label(self, number: int) -> None:
        if number <= len(self._labels):
            self.dismiss(f"label {number}")
