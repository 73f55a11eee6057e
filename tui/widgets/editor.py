"""Editing an example in place, a text area for each message."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static, TextArea
from textual.widgets.text_area import Edit, EditResult

from schemas.example import Example, Message
from tui.actions.action import shown
from tui.actions.registry import Registry
from tui.actions.sheets import EDITOR
from tui.model.calls import calls_in_words
from tui.model.unsaved import Unsaved
from tui.safe_text import editable, restored, visible, visible_line, written_out
from tui.widgets.bindings import bindings_of
from tui.widgets.sheet import Sheet

_HINT = "tab next message · ⟨U+XXXX⟩ is one invisible character"


class MessageArea(TextArea):
    """A text area that writes invisible characters out, whether loaded, typed or pasted."""

    def __init__(self, message: Message) -> None:
        super().__init__(editable(message.content), soft_wrap=True, compact=True)
        self._message = message

    @property
    def message(self) -> Message:
        """The message as it now stands."""
        return replace(self._message, content=restored(self.text))

    def edit(self, edit: Edit) -> EditResult:
        return super().edit(replace(edit, text=written_out(edit.text)))


class Editor(Sheet[tuple[Message, ...] | None]):
    """Gives the messages, the system prompt left out, or None when left without saving."""

    BINDINGS: ClassVar = bindings_of(EDITOR)
    DEFAULT_CSS = """
    Editor Static { background: $panel; text-style: bold; }
    Editor .role { color: $accent; background: $background; padding: 0 1; }
    Editor .calls { color: $secondary; background: $background; text-style: none; padding: 0 1 1 1; }
    Editor MessageArea { height: auto; max-height: 80%; margin: 0 0 1 0; background: $background; }
    Editor MessageArea:focus { background: $panel; }
    """

    def __init__(self, example: Example, registry: Registry, unsaved: Unsaved | None = None) -> None:
        """Begins with what is kept in `unsaved`, which gets what stands here when the terminal goes away."""
        super().__init__()
        self._unsaved = unsaved
        typed = unsaved.messages() if unsaved else None
        before = "taken up again · " if typed else ""
        saves = " or ".join(shown(key) for key in registry.keys_of("editor_save"))
        self._hint = (
            f" {before}{saves} save · {registry.shown('editor_leave')} leave without saving · {_HINT}"
        )
        self._messages = typed or list(example.turns)

    def compose(self) -> ComposeResult:
        yield Static(self._hint, markup=False)
        with VerticalScroll(can_focus=False):
            for message in self._messages:
                yield Static(visible_line(message.role), markup=False, classes="role")
                yield MessageArea(message)
                if message.tool_calls:
                    calls = visible(f"calls {calls_in_words(message.tool_calls)}; they stay as they are")
                    yield Static(calls, markup=False, classes="calls")

    def on_mount(self) -> None:
        """The cursor starts in the last answer: that is what most edits mend."""
        areas = list(self.query(MessageArea))
        answers = [area for area in areas if area.message.role == "assistant"]
        if areas:
            (answers or areas)[-1].focus()

    @property
    def _typed(self) -> tuple[Message, ...]:
        return tuple(area.message for area in self.query(MessageArea))

    def cut_off(self) -> None:
        if self._unsaved is not None:
            self._unsaved.keep(self._typed)

    def action_save(self) -> None:
        self.dismiss(self._typed)

    def action_leave(self) -> None:
        self.dismiss(None)
