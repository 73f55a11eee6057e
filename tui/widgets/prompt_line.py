"""One line to type in: a reason, a note or a filter."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
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
        seen its key, and letters typed behind Enter or backspace would be in the line before it. What came
        behind the key that closed the line is the screen's."""
        prompt = self.parent
        if isinstance(prompt, PromptLine) and not prompt.open:
            event.stop()
            event.prevent_default()
            self.app.post_message(events.Key(event.key, event.character))
            return
        closing = self.screen.active_bindings.get(event.key)
        if isinstance(prompt, PromptLine) and closing is not None and closing.node is prompt:
            event.stop()
            event.prevent_default()
            await prompt.run_action(closing.binding.action)
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)

    async def action_submit(self) -> None:
        """At once: a message would come behind the keys that follow."""
        if isinstance(self.parent, PromptLine):
            self.parent.answer(self.value)
        else:
            await super().action_submit()


class PromptLine(Horizontal):
    """Hidden until something is asked. Escape closes it, and then nothing happens."""

    BINDINGS: ClassVar = bindings_of(PROMPT)
    DEFAULT_CSS = """
    PromptLine { height: 1; display: none; background: $panel; }
    PromptLine Static { width: auto; padding: 0 1; color: $accent; text-style: bold; }
    PromptLine LineInput { width: 1fr; background: $panel; }
    """

    def __init__(self, opened: Callable[[bool], None], *, id: str) -> None:
        """`opened` hears True when a line is asked for, and False when it was answered or left."""
        super().__init__(id=id)
        self._opened = opened
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
        self._opened(True)
        line.focus()

    def action_close(self) -> None:
        self._then = None
        self._opened(False)
        self.display = False
        self.screen.set_focus(None)

    def answer(self, text: str) -> None:
        then = self._then
        self.action_close()
        if then is not None:
            then(text.strip())
