"""Actions of the screen pii."""

from functools import partial

from tui.actions.action import Action

_screen = partial(Action, scope="pii", plain=True)

ACTIONS = (
    _screen(
        "is_pii",
        ("a",),
        "personal",
        "The value is personal data: the next build replaces it here.",
        footer=True,
    ),
    _screen(
        "is_pii_everywhere",
        ("A",),
        "personal everywhere",
        "It is personal data wherever it stands: the next build replaces it in every example.",
        footer=True,
    ),
    _screen(
        "is_not_pii", ("x",), "none", "It is none: the next build leaves it in this example.", footer=True
    ),
    _screen(
        "is_not_pii_everywhere",
        ("X",),
        "none everywhere",
        "It is none wherever it stands: the next build leaves it in every example.",
        footer=True,
    ),
    _screen("next_span", ("]", "l", "right"), "next span", "Ask about the next span of this example."),
    _screen("next_example", ("n",), "next open", "Go to the next example of which nothing was said yet."),
    _screen("previous_span", ("[", "h", "left"), "previous span", "Ask about the previous one."),
)
