"""Actions of the review queue."""

from functools import partial

from tui.actions.action import Action

_review = partial(Action, scope="review", plain=True)
_screen = partial(Action, scope="review")

ACTIONS = (
    _review("keep", ("a",), "keep", "Keep this example: no filter will drop it.", footer=True),
    _review("drop", ("x",), "drop", "Drop this example from the next build.", footer=True),
    _review("drop_because", ("X",), "drop with reason", "Drop it and write down why."),
    _review("skip", ("space",), "skip", "Leave it undecided and go on.", footer=True),
    _review("edit", ("e",), "edit", "Change its messages; the example keeps its id.", footer=True),
    _review("flag", ("f",), "flag", "Mark it for a second look, with a note; a verdict stays."),
    _review("repeat", (".",), "repeat", "Give this example the verdict you gave last."),
    _review("side", ("t",), "side with", "In the queue disagreement: decide as one of its annotators did."),
    _review("find", ("/",), "find", "Show only examples that match; empty shows all.", footer=True),
    _review("next_undecided", ("n",), "next undecided", "Go to the next example without your verdict."),
    _review("previous_undecided", ("N",), "previous undecided", "Go back to one without your verdict."),
    _review("sort", ("s",), "next queue", "Change the queue, and so the order."),
    _review("info", ("i",), "info", "The whole story: origin, ledger, decisions, losses."),
    _screen("copy_id", ("y",), "copy id", "Copy the example's id to the clipboard."),
)
