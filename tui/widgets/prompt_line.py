"""One line to type in: a reason, a note or a filter."""

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from tui.actions.sheets import PROMPT
from tui.safe_text import visible_line
from tui.widgets.bindings import bindings_of


class LineInput(Input):
    """An input that shows pasted control characters instead of passing them on."""

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(visible_line(text), start, end)

    async def _on_key(self, event: events.Key) -> None:
        """Keys act in the order in which they came. Textual carries out a binding when every widget above has
        seen its key, and letters typed behind Enter or backspace would be in the line before it."""
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)


class PromptLine(Horizontal):
    """Hidden until something is asked. Escape closes it, and then nothing happens."""

    BINDINGS: ClassVar = bindings_of(PROMPT)
    DEFAULT_CSS = """
    PromptLine { height: 1; display: none; background: $panel; }
    PromptLine Static { width: auto; padding: 0 1; color: $accent; text-style: bold; }
    PromptLine LineInput { width: 1fr; background: $panel; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._then: Callable[[str], None] | None = None

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)
        yield LineInput(select_on_focus=False, compact=True)

    @property
    def open(self) -> bool:
        return self._then is not None

    def ask(self, question: str, then: Callable[[str], None], value: str = "") -> None:
        """Calls `then` with what was typed when Enter is pressed."""
        self._then = then
        self.query_one(Static).update(question)
        line = self.query_one(LineInput)
        line.value = visible_line(value)
        line.cursor_position = len(line.value)
        self.display = True
        line.focus()

    def action_close(self) -> None:
        self._then = None
        self.display = False
        self.screen.set_focus(None)

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        event.stop()
        then = self._then
        self.action_close()
        if then is not None:
            then(event.value.strip())
