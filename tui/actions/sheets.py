"""Actions of what opens over a screen: lists to choose from, pages to read, text fields.

Each sheet has scopes, as a screen has in the catalogue; only one sheet is open at a time, so the same key may
mean something else in another.
"""

from dataclasses import dataclass
from functools import partial

from schemas.review import MOST_LABELS
from tui.actions.action import Action

BULK, PICKER, BUILDER, READER, EDITOR, PROMPT = (
    "bulk_sheet",
    "picker",
    "builder",
    "reader",
    "editor",
    "prompt",
)
_LINES = "sheet_lines"
TYPED_IN = (EDITOR, PROMPT)  # where keys are text: only ctrl, esc and F-keys can act

_bulk = partial(Action, scope=BULK)
_picker = partial(Action, scope=PICKER)
_builder = partial(Action, scope=BUILDER)
_lines = partial(Action, scope=_LINES)
_FAR = 100_000  # lines, or as many as there are


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    title: str
    scopes: tuple[str, ...]


SHEETS = (
    Sheet(BULK, "Before many are decided at once", (BULK,)),
    Sheet(PICKER, "Lists to choose from: queues, views, orders", (PICKER, _LINES)),
    Sheet(BUILDER, "The filter builder", (BUILDER, _LINES)),
    Sheet(READER, "Pages to read: help, the story of an example", (READER, _LINES)),
    Sheet(EDITOR, "The editor", (EDITOR,)),
    Sheet(PROMPT, "The line that asks", (PROMPT,)),
)
ACTIONS = (
    _bulk("bulk_keep", ("a",), "keep", "Keep them all.", does="dismiss('keep')"),
    _bulk("bulk_drop", ("x",), "drop", "Drop them all.", does="dismiss('drop')"),
    _bulk(
        "bulk_drop_because",
        ("X",),
        "drop with reason",
        "Drop them all and write down why.",
        does="dismiss('drop_because')",
    ),
    _bulk("bulk_skip", ("space",), "skip", "Leave them undecided.", does="dismiss('skip')"),
    *(
        _bulk(
            f"bulk_label_{n}",
            (str(n),),
            f"label {n}",
            "Give them all the recipe's label of that number.",
            does=f"label({n})",
        )
        for n in range(1, MOST_LABELS + 1)
    ),
    _bulk("bulk_close", ("escape", "q", "b"), "nothing", "Decide nothing.", does="dismiss(None)"),
    _picker("picker_choose", ("enter", "space"), "choose", "Choose the line.", does="choose"),
    _picker("picker_remove", ("d",), "remove", "Remove the saved view.", does="remove"),
    _picker("picker_close", ("escape", "q"), "close", "Leave all as it was.", does="dismiss(None)"),
    _builder(
        "builder_turn", ("space",), "turn", "With it, without it, either; a number is asked.", does="turn"
    ),
    _builder("builder_done", ("enter",), "show", "Show what matches.", does="done"),
    _builder("builder_clear", ("0",), "everything", "Take all out of the filter.", does="clear"),
    _builder("builder_close", ("escape",), "close", "Leave the filter as it was.", does="leave"),
    Action("reader_close", ("escape", "q", "i", "?"), "close", "Close the page.", READER, does="dismiss"),
    Action("reader_on", ("space",), "read on", "Scroll on.", READER, does="move(10)"),
    _lines("sheet_down", ("j", "down"), "down", "One line down.", does="move(1)"),
    _lines("sheet_up", ("k", "up"), "up", "One line up.", does="move(-1)"),
    _lines("sheet_page_down", ("ctrl+d", "pagedown"), "page down", "Ten lines down.", does="move(10)"),
    _lines("sheet_page_up", ("ctrl+u", "pageup"), "page up", "Ten lines up.", does="move(-10)"),
    _lines("sheet_first", ("g", "home"), "first", "To the first line.", does=f"move({-_FAR})"),
    _lines("sheet_last", ("G", "end"), "last", "To the last line.", does=f"move({_FAR})"),
    Action("editor_save", ("f2", "ctrl+o"), "save", "Save the messages.", EDITOR, does="save"),
    Action("editor_leave", ("escape",), "leave", "Leave without saving.", EDITOR, does="leave"),
    Action("prompt_close", ("escape",), "close", "Answer nothing.", PROMPT, does="close"),
)
