"""Actions of the screen votes."""

from functools import partial

from tui.actions.action import Action

_screen = partial(Action, scope="votes", plain=True, footer=True)
_other = partial(Action, scope="votes", plain=True)

ACTIONS = (
    _screen("vote_left", ("h", "left"), "left", "The left answer is better."),
    _screen("vote_right", ("l", "right"), "right", "The right answer is better."),
    _screen("vote_tie", ("t",), "tie", "Neither is better."),
    Action(
        "next_vote", ("n",), "next open", "Go to the next question without your vote.", "votes", plain=True
    ),
    _screen("result", ("r",), "result", "Whose answers win how often, and how sure that is."),
    Action(
        "next_contest",
        ("s",),
        "other systems",
        "Compare the answers of two other systems.",
        "votes",
        plain=True,
    ),
)
