"""Every action of the review UI: the one list from which keys, footer, help and docs are made."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.errors import UsageError

MAX_FOOTER = 8
# Keys that a terminal, a tty's flow control or a multiplexer may never deliver, or delivers as another key.
UNDELIVERED = {"ctrl+c", "ctrl+s", "ctrl+q", "ctrl+z", "ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+p"}


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` in Textual's names; `shown` is how the first is written for people; `plain` says that
    line mode has it too, typed as its id or its shown key."""

    id: str
    keys: tuple[str, ...]
    shown: str
    label: str
    help: str
    footer: bool = False
    plain: bool = True


ACTIONS: tuple[Action, ...] = (
    Action("keep", ("a",), "a", "keep", "Keep this example: no filter will drop it.", footer=True),
    Action("drop", ("x",), "x", "drop", "Drop this example from the next build.", footer=True),
    Action("drop_because", ("X",), "X", "drop with reason", "Drop it and write down why."),
    Action("skip", ("space",), "space", "skip", "Leave it undecided and go on.", footer=True),
    Action("edit", ("e",), "e", "edit", "Change its messages; the example keeps its id.", footer=True),
    Action("flag", ("f",), "f", "flag", "Mark it for a second look, with a note; a verdict stays."),
    Action("undo", ("u",), "u", "undo", "Take back your latest decision, also after a restart.", footer=True),
    Action("redo", ("ctrl+r",), "^r", "redo", "Decide again what was undone."),
    Action("repeat", ("full_stop",), ".", "repeat", "Give this example the verdict you gave last."),
    Action(
        "side", ("t",), "t", "side with", "In the queue disagreement: decide as one of its annotators did."
    ),
    Action("down", ("j", "down"), "j", "next", "Go to the next example."),
    Action("up", ("k", "up"), "k", "previous", "Go to the previous example."),
    Action("first", ("g", "home"), "g", "first", "Go to the first example."),
    Action("last", ("G", "end"), "G", "last", "Go to the last example."),
    Action("half_down", ("ctrl+d",), "^d", "half a page down", "Go half a page down the list.", plain=False),
    Action("half_up", ("ctrl+u",), "^u", "half a page up", "Go half a page up the list.", plain=False),
    Action("read_on", ("J", "pagedown"), "J", "read on", "Scroll the conversation down.", plain=False),
    Action("read_back", ("K", "pageup"), "K", "read back", "Scroll the conversation up.", plain=False),
    Action("find", ("slash",), "/", "find", "Show only examples that match; empty shows all.", footer=True),
    Action("next_undecided", ("n",), "n", "next undecided", "Go to the next example without your verdict."),
    Action("previous_undecided", ("N",), "N", "previous undecided", "Go back to one without your verdict."),
    Action("sort", ("s",), "s", "next queue", "Change the queue, and so the order."),
    Action("info", ("i",), "i", "info", "The whole story: origin, ledger, decisions, losses."),
    Action("copy_id", ("y",), "y", "copy id", "Copy the example's id to the clipboard.", plain=False),
    Action("help", ("question_mark",), "?", "help", "All keys, filters and signs.", footer=True),
    Action("quit", ("q",), "q", "quit", "Leave; every decision is already on disk.", footer=True),
)


def check(actions: Sequence[Action]) -> None:
    """Raises UsageError when two actions share an id or a key, a key may never arrive,
    or the footer is full."""
    problems = [f"two actions are called {name!r}" for name in _repeated(a.id for a in actions)]
    problems += [f"two actions have the key {key!r}" for key in _repeated(k for a in actions for k in a.keys)]
    problems += [
        f"{a.id!r} has the key {key!r}, which terminals do not deliver"
        for a in actions
        for key in a.keys
        if key in UNDELIVERED or key.startswith("alt+")
    ]
    if sum(a.footer for a in actions) > MAX_FOOTER:
        problems.append(f"the footer has room for {MAX_FOOTER} actions")
    if problems:
        raise UsageError("; ".join(problems), "give each action a key of its own in tui/actions.py")


def by_typed(word: str) -> Action | None:
    """The action of line mode that `word` names, by its id or its key."""
    return next((a for a in ACTIONS if a.plain and word in (a.id, a.id.replace("_", "-"), a.shown)), None)


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
