"""Actions of the screen contradictions."""

from functools import partial

from tui.actions.action import Action

_screen = partial(Action, scope="contradictions", plain=True, footer=True)

ACTIONS = (
    _screen("keep_left", ("h", "left"), "keep left", "Keep the left example and drop the right one."),
    _screen("keep_right", ("l", "right"), "keep right", "Keep the right example and drop the left one."),
    _screen("keep_both", ("a",), "keep both", "Keep both: they do not contradict each other."),
    _screen("keep_neither", ("x",), "drop both", "Drop both examples."),
    Action(
        "next_pair",
        ("n",),
        "next open",
        "Go to the next pair that you did not decide.",
        "contradictions",
        plain=True,
    ),
)
