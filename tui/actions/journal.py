"""Actions of the journal."""

from functools import partial

from tui.actions.action import Action

_journal = partial(Action, scope="journal", footer=True)

ACTIONS = (
    _journal("take_back", ("U",), "take back", "Take back the decision chosen, where it is your own."),
    _journal("find_decisions", ("/",), "find", "List only decisions that match; empty lists all."),
)
