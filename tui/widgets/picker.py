"""A list over the review to choose one line from: a queue, a saved view, an order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override

from tui import theme
from tui.actions.registry import Registry
from tui.actions.sheets import PICKER
from tui.safe_text import SafeText, visible_line
from tui.widgets.bindings import bindings_of
from tui.widgets.sheet import Sheet
from tui.wrapping import fit


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` is what choosing it gives; a `heading` cannot be chosen."""

    value: str
    text: str
    detail: str = ""
    heading: bool = False


class ChoiceLines(Widget, can_focus=False):
    """The choices around the cursor, as many as there is room for."""

    DEFAULT_CSS = "ChoiceLines { height: auto; max-height: 100%; background: $panel; }"

    def __init__(self, choices: Sequence[Choice], cursor: int) -> None:
        super().__init__()
        self.choices = choices
        self.cursor = cursor

    @override
    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self.choices)

    def render_line(self, y: int) -> Strip:
        width, height = self.size.width, self.size.height
        top = max(0, min(self.cursor - height // 2, len(self.choices) - height))
        at = top + y
        if at >= len(self.choices):
            return Strip.blank(width, theme.BAR)
        choice = self.choices[at]
        if choice.heading:
            return Strip([Segment(fit(visible_line(choice.text), width), theme.BAR_STRONG)], width)
        here = at == self.cursor
        first = self._first_column(width)
        name = fit(visible_line(f"{'▌' if here else ' '} {choice.text}"), first)
        rest = fit(SafeText("  " + visible_line(choice.detail)), max(0, width - first))
        styles = (theme.CURSOR, theme.CURSOR) if here else (theme.BAR, theme.BAR_DIM)
        line = Strip([Segment(name, styles[0]), Segment(rest, styles[1])])
        return line.adjust_cell_length(width, theme.BAR)

    def _first_column(self, width: int) -> int:
        """Cells for the names: as many as the longest has, where the details keep half the line or all that
        they need."""
        named = [choice for choice in self.choices if not choice.heading]
        longest = max((cell_len(visible_line(choice.text)) for choice in named), default=0) + 2
        detail = max((cell_len(visible_line(choice.detail)) for choice in named), default=0) + 2
        return max(1, min(longest, max(width // 2, width - detail)))

    def move(self, by: int) -> None:
        """Over headings, as far as there are choices."""
        step = 1 if by > 0 else -1
        for _ in range(abs(by)):
            at = self.cursor + step
            while 0 <= at < len(self.choices) and self.choices[at].heading:
                at += step
            if 0 <= at < len(self.choices):
                self.cursor = at
        self.refresh()


class PickerLine(Widget, can_focus=False):
    """One line of ours above or below the choices."""

    DEFAULT_CSS = "PickerLine { height: 1; background: $panel; }"

    def __init__(self, text: str, *, strong: bool = False) -> None:
        super().__init__()
        self._text, self._strong = text, strong

    def say(self, text: str) -> None:
        self._text = text
        self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        style = theme.BAR_STRONG if self._strong else theme.BAR_DIM
        return Strip([Segment(fit(visible_line(self._text), self.size.width), style)], self.size.width)


class Picker(ModalScreen[str | None], Sheet[str | None]):
    """Gives the value chosen, None when left. With `remove`, a line can be taken away for good."""

    BINDINGS: ClassVar = bindings_of(PICKER)
    DEFAULT_CSS = """
    Picker { align: center middle; }
    Picker Vertical { width: 90%; max-width: 100; height: auto; max-height: 90%; background: $panel;
                      padding: 0 1; }
    Picker.-narrow Vertical { width: 100%; max-height: 100%; padding: 0 1; }
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        current: str,
        registry: Registry,
        remove: Callable[[str], bool] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        at = next((i for i, choice in enumerate(choices) if choice.value == current), 0)
        self._lines = ChoiceLines(choices, at)
        if choices[at].heading:
            self._lines.move(1)
        self._remove = remove
        self._registry = registry

    def compose(self) -> ComposeResult:
        with Vertical():
            yield PickerLine(self._title, strong=True)
            yield self._lines
            key = self._registry.shown
            removes = f" · {key('picker_remove')} removes a saved view" if self._remove else ""
            moves = f"{key('sheet_down')} {key('sheet_up')} move"
            yield PickerLine(
                f"{key('picker_choose')} chooses · {moves}{removes} · {key('picker_close')} closes"
            )

    @property
    def chosen(self) -> Choice:
        return self._lines.choices[self._lines.cursor]

    def action_move(self, by: int) -> None:
        self._lines.move(by)

    def action_choose(self) -> None:
        self.dismiss(self.chosen.value)

    def action_remove(self) -> None:
        if self._remove is not None and self._remove(self.chosen.value):
            at = self._lines.cursor
            self._lines.choices = [c for i, c in enumerate(self._lines.choices) if i != at]
            self._lines.cursor = at - 1
            self._lines.refresh(layout=True)
