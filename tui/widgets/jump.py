"""`o`: the screens with a letter each, for terminals that keep F-keys to themselves."""

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import theme
from tui.actions.action import shown
from tui.catalogue import Entry
from tui.widgets.sheet import Sheet


class Jump(ModalScreen[str | None], Sheet[str | None]):
    """Gives the name of the screen whose letter or F-key was pressed, None for any other key."""

    DEFAULT_CSS = """
    Jump { align: center middle; }
    Jump VerticalScroll { width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 2;
                          background: $panel; }
    Jump.-narrow VerticalScroll { width: 100%; max-height: 100%; padding: 0 1; }
    Jump Static { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, screens: Sequence[Entry]) -> None:
        super().__init__()
        self._screens = screens

    def compose(self) -> ComposeResult:
        text = Text(style=theme.BAR)
        for entry in self._screens:
            text.append(f"{entry.letter}  ", theme.BAR_STRONG)
            text.append(f"{shown(entry.key):<4}{entry.title:<15}")
            text.append(f"{entry.about}\n", theme.BAR_DIM)
        text.append("any other key closes", theme.BAR_DIM)
        with VerticalScroll(can_focus=False):
            yield Static(text, markup=False)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        pressed = (event.character, event.key)
        self.dismiss(next((e.name for e in self._screens if e.letter in pressed or e.key in pressed), None))
