"""The help page, made from the registry of actions, the filters, the queues and the marks."""

from collections.abc import Sequence
from itertools import groupby

from tui import theme
from tui.actions.action import Action
from tui.actions.registry import Registry
from tui.actions.sheets import SHEETS
from tui.catalogue import FIRST
from tui.model.facts import Section
from tui.model.filters import FILTER_HELP
from tui.model.queues import QUEUE_HELP

_VERDICTS = {"keep": "kept", "drop": "dropped", "edit": "edited", "skip": "skipped"}


def guide(registry: Registry, screen: str = FIRST) -> list[Section]:
    """The page of one screen: its keys, and what else there is to know of the review itself."""
    keys = ("Keys", _keys(registry.of(screen)))
    return [keys, *([*_of_review(), *_of_sheets(registry)] if screen == FIRST else [])]


def plain_guide(registry: Registry, screen: str = FIRST) -> list[Section]:
    """The same for line mode."""
    keys = [f"{a.shown} or {a.id}: {a.help}" for a in registry.of(screen) if a.plain]
    enter = "Enter alone skips" if screen == FIRST else "Enter alone goes to the next line"
    return [("Keys and names", [*keys, enter]), *(guide(registry)[1:3] if screen == FIRST else [])]


def _of_sheets(registry: Registry) -> list[Section]:
    """Keys of what opens over a screen; a sheet's own, then what lists and pages share."""
    return [(sheet.title, _keys(registry.of(sheet.name))) for sheet in SHEETS]


def _keys(actions: Sequence[Action]) -> list[str]:
    """A line an action; in one the labels, where their keys are the digits."""
    lines: list[str] = []
    for does, alike in groupby(actions, key=lambda action: action.help):
        keys = [action.shown for action in alike]
        if len(keys) > 1 and "".join(keys).isdecimal():
            keys = [f"{keys[0]}–{keys[-1]}"]
        lines += [f"{key:<6} {does}" for key in keys]
    return lines


def _of_review() -> list[Section]:
    shades = zip(theme.SHADE_WORDS, ("plain", "underlined", "bold, underlined", "reversed"), strict=True)
    return [
        ("Filters after /, all of which must match", [f"{term:<15} {text}" for term, text in FILTER_HELP]),
        ("Queues (Q chooses one, or a saved view)", [f"{name:<15} {text}" for name, text in QUEUE_HELP]),
        (
            "Marks in the list",
            [f"{theme.MARKS[verdict]:<15} {said} by you" for verdict, said in _VERDICTS.items()]
            + [f"{'!':<15} second look", f"{'*':<15} marked by you, for b"],
        ),
        ("Marks in the conversation", [f"{words:<25} {look}" for words, look in theme.SPAN_LOOKS]),
        (
            "Words of an augmented example (a child) beside its parent",
            [f"{words:<20} {look}" for words, look in theme.DIFF_LOOKS]
            + [f"{'with --plain':<20} [-in the parent alone-] and {{+in the child alone+}}"],
        ),
        (
            "Shades of the answer: the probability that the model gave each token",
            [f"{words:<15} {look}" for words, look in shades],
        ),
    ]
