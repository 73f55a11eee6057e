"""Actions of the screen runs."""

from functools import partial

from tui.actions.action import Action

_screen = partial(Action, scope="runs", footer=True)

ACTIONS = (
    _screen("mark_run", ("a",), "compare from here", "This run is A, which others are compared with."),
    _screen(
        "audit",
        ("b", "enter"),
        "compare with A",
        "What changed from A to this run, and what got worse; from the run before where there is no A.",
    ),
)
