"""A screen over another that gives an answer and goes."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

Answer = TypeVar("Answer")
WIDTHS = [(0, "-narrow"), (100, "-wide")]  # cells from which on a screen has the class


class Sheet(Screen[Answer]):
    """Answers once: the second of two quick presses comes when it is going, and would take the screen below
    with it. In a narrow terminal it has the class `-narrow`, and room for nothing beside it."""

    HORIZONTAL_BREAKPOINTS = WIDTHS

    def on_mount(self) -> None:
        """Before it is laid out, which would be done twice otherwise."""
        self.set_class(self.app.size.width < WIDTHS[1][0], "-narrow")

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def cut_off(self) -> None:
        """The terminal is gone: what was typed here is kept, where it has a place."""
