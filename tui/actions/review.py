"""Actions of the review queue."""

from functools import partial

from schemas.review import MOST_LABELS
from tui.actions.action import Action

_review = partial(Action, scope="review", plain=True)
_screen = partial(Action, scope="review")

ACTIONS = (
    _review("keep", ("a",), "keep", "Keep this example: no filter will drop it.", footer=True),
    _review("drop", ("x",), "drop", "Drop this example from the next build.", footer=True),
    _review("drop_because", ("X",), "drop with reason", "Drop it and write down why."),
    _review("skip", ("space",), "skip", "Leave it undecided and go on.", footer=True),
    _review("edit", ("e",), "edit", "Change its messages; the example keeps its id.", footer=True),
    _screen("editor", ("E",), "edit outside", "Change its messages in $EDITOR, a text file for all of them."),
    *(
        _review(
            f"label_{n}",
            (str(n),),
            f"label {n}",
            "Give it the recipe's label of that number, or take it away; a verdict stays.",
            does=f"label({n})",
        )
        for n in range(1, MOST_LABELS + 1)
    ),
    _review("flag", ("f",), "flag", "Mark it for a second look, with a note; a verdict stays."),
    _review("repeat", (".",), "repeat", "Give this example the verdict you gave last."),
    _review("side", ("t",), "side with", "In the queue disagreement: decide as one of its annotators did."),
    _review("find", ("/",), "find", "Show only examples that match; empty shows all.", footer=True),
    _screen("build_filter", ("F",), "build a filter", "Choose what to show from the values that there are."),
    _review(
        "next_undecided",
        ("n",),
        "next to look at",
        "Go to the next example without your verdict; while words are searched for, to the next hit.",
    ),
    _review("previous_undecided", ("N",), "previous to look at", "The same, backwards."),
    _review("sort", ("s",), "sort", "Choose the number to sort by; the same again turns the order round."),
    _review("queue", ("Q",), "queue", "Choose another queue or a saved view."),
    _review("save_view", ("S",), "save view", "Keep queue, filter and order under a name, for all."),
    _screen("mark", ("v",), "mark", "Mark it for b, or take its mark away, and go on."),
    _screen("mark_range", ("V",), "mark up to here", "Mark all from the one marked last to this one."),
    _screen("mark_all", ("*",), "mark all", "Mark all that is listed, or take all their marks away."),
    _review(
        "bulk",
        ("b",),
        "decide many",
        "Decide or label the marked, or all listed without your verdict, at once.",
    ),
    _screen(
        "compare", ("c",), "compare", "Lay it beside its parent, itself before your edit, or what is alike."
    ),
    _screen("next_message", ("]",), "next message", "Scroll the conversation to its next message."),
    _screen("previous_message", ("[",), "previous message", "Scroll it back to the message before."),
    _review("info", ("i",), "info", "The whole story: origin, ledger, decisions, losses."),
    _screen("copy_id", ("y",), "copy id", "Copy the example's id to the clipboard."),
)
