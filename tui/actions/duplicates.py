"""Actions of the screen duplicates."""

from functools import partial

from tui.actions.action import Action

_screen = partial(Action, scope="duplicates", plain=True)

ACTIONS = (
    _screen(
        "keep_this",
        ("a",),
        "keep this",
        "Keep the row on the right: the next build drops what is alike for it.",
        footer=True,
    ),
    _screen(
        "keep_kept", ("A",), "keep what stayed", "Keep the row that stayed, whatever comes.", footer=True
    ),
    _screen(
        "not_a_duplicate",
        ("x",),
        "no duplicate",
        "These two are no duplicates: the next build keeps both.",
        footer=True,
    ),
    _screen("next_member", ("]", "l", "right"), "next row", "Lay the next row beside the one that stayed."),
    _screen("next_cluster", ("n",), "next open", "Go to the next cluster of which nothing was said yet."),
    _screen("previous_member", ("[", "h", "left"), "previous row", "Lay the previous one beside it."),
)
