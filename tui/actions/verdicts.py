"""Actions of the screens that keep and drop example by example beside the review queue."""

from functools import partial

from tui.actions.action import Action

_screen = partial(Action, scope="verdicts")

ACTIONS = (
    _screen("keep_shown", ("a",), "keep", "Keep the example shown: no filter will drop it.", footer=True),
    _screen("drop_shown", ("x",), "drop", "Drop the example shown from the next build.", footer=True),
    _screen("next_open", ("n",), "next open", "Go to the next one that you did not decide.", footer=True),
    Action("next_family", ("]",), "next parent", "Go to the first child of the next parent.", "family"),
    Action(
        "previous_family", ("[",), "previous parent", "Go to the first child of the one before.", "family"
    ),
    Action("next_order", ("s",), "other order", "Order by loss, by gain or by rise.", "losses", footer=True),
)
