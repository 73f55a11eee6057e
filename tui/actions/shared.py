"""Actions that every screen has, or several of them."""

from tui.actions.action import EVERYWHERE, Action

ACTIONS = (
    Action(
        "help",
        ("?",),
        "help",
        "All keys, filters and signs.",
        EVERYWHERE,
        footer=True,
        plain=True,
    ),
    Action(
        "palette", ("ctrl+p", ":"), "find an action", "Find an action or a screen by its name.", EVERYWHERE
    ),
    Action(
        "open",
        ("o",),
        "open a screen",
        "Open a screen by its letter, where F-keys don't arrive.",
        EVERYWHERE,
        plain=True,
    ),
    Action("back", ("escape",), "back", "Go back to the screen before.", EVERYWHERE),
    Action(
        "quit",
        ("q",),
        "quit",
        "Leave; every decision is already on disk.",
        EVERYWHERE,
        footer=True,
        plain=True,
    ),
    Action(
        "undo",
        ("u",),
        "undo",
        "Take back your latest decision, also after a restart.",
        "deciding",
        footer=True,
        plain=True,
    ),
    Action("redo", ("ctrl+r",), "redo", "Decide again what was undone.", "deciding", plain=True),
    Action("down", ("j", "down"), "next", "Go to the next line.", "lists", plain=True),
    Action("up", ("k", "up"), "previous", "Go to the previous line.", "lists", plain=True),
    Action("first", ("g", "home"), "first", "Go to the first line.", "lists", plain=True),
    Action("last", ("G", "end"), "last", "Go to the last line.", "lists", plain=True),
    Action("half_down", ("ctrl+d",), "half a page down", "Go half a page down the list.", "lists"),
    Action("half_up", ("ctrl+u",), "half a page up", "Go half a page up the list.", "lists"),
    Action("read_on", ("J", "pagedown"), "read on", "Scroll what is shown of the line down.", "lists"),
    Action("read_back", ("K", "pageup"), "read back", "Scroll it up.", "lists"),
    Action("choose", ("enter",), "open", "Open what the line is about.", "opening", footer=True),
)
