"""What a key must bring about: the cases of the tests that press every key there is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pilots import until
from textual.pilot import Pilot

from tui.widgets.bars import MessageBar
from tui.widgets.editor import Editor
from tui.widgets.prompt_line import PromptLine

Holds = Callable[[Pilot[int], Any], bool]
_TEXTUAL = {
    "*": "asterisk", ".": "full_stop", "?": "question_mark", "/": "slash",
    "[": "left_square_bracket", "]": "right_square_bracket", ":": "colon",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """`first` are keys pressed before the action's own, `then` after it; `on` is what must be on top between
    them. `holds` is waited for, of the model that the test hands it; `writes` is what the journal then has,
    as the test tells it."""

    holds: Holds
    writes: tuple[Any, ...] = ()
    first: tuple[str, ...] = ()
    on: type[Any] | None = None
    then: tuple[str, ...] = ()


async def press(pilot: Pilot[int], case: Case, key: str) -> None:
    """The action's own key, as people write it, and those that come after it."""
    await pilot.press(_TEXTUAL.get(key, key))
    await reached(pilot, case.on)
    await pilot.press(*case.then)


async def reached(pilot: Pilot[int], on: type[Any] | None) -> None:
    """Waits until that is on top, and what is typed goes there."""
    if on is PromptLine:
        prompt = pilot.app.screen.query_one(PromptLine)
        await until(pilot, lambda: prompt.open and pilot.app.focused is not None)
    elif on is not None:
        await until(pilot, lambda: isinstance(pilot.app.screen, on))
    if on is Editor:
        await until(pilot, lambda: pilot.app.focused is not None)


def on_top(kind: type[Any]) -> Holds:
    return lambda pilot, _: isinstance(pilot.app.screen, kind)


def says(words: str) -> Holds:
    return lambda pilot, _: words in pilot.app.screen.query_one(MessageBar).text
