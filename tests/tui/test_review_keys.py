"""Every action of the review screen by its key: what the model and the journal hold then.

An action without a case here fails the test: a new one needs a case.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from key_cases import Case, on_top, press, says
from pilots import running, until
from textual.pilot import Pilot

from tui.actions.registry import Registry
from tui.screens.base import keys_of
from tui.widgets.bulk_sheet import BulkSheet
from tui.widgets.conversation_pane import ConversationPane
from tui.widgets.editor import Editor
from tui.widgets.filter_builder import FilterBuilder
from tui.widgets.jump import Jump
from tui.widgets.picker import Picker
from tui.widgets.prompt_line import PromptLine
from tui.widgets.reader import Reader


def at(position: int) -> Callable[[Pilot[int], Any], bool]:
    return lambda _, review: review.place.position == position


def top_line(pilot: Pilot[int]) -> int:
    return int(pilot.app.screen.query_one(ConversationPane)._top)


KEEP, DROP = ("keep", None, (), None), ("drop", None, (), None)
LABELS = ("wrong", "incomplete", "off topic", "unclear question", "unsafe", "style")
TALL = "\n".join(f"Line {n} of a long answer." for n in range(60))

CASES: dict[str, Case] = {  # `writes` are verdict, reason, labels, undoes
    "keep": Case(at(1), (KEEP,)),
    "drop": Case(at(1), (DROP,)),
    "drop_because": Case(at(1), (("drop", "rude", (), None),), on=PromptLine, then=(*"rude", "enter")),
    "skip": Case(at(1), (("skip", None, (), None),)),
    "edit": Case(at(1), (("edit", None, (), None),), on=Editor, then=("H", "i", "f2")),
    "editor": Case(says("edit with e instead")),
    "flag": Case(at(0), (("skip", None, ("second-look",), None),), on=PromptLine, then=("enter",)),
    "repeat": Case(at(2), (DROP, DROP), first=("x",)),
    "side": Case(says("only in the queue disagreement")),
    "undo": Case(at(0), (DROP, ("drop", None, (), 1)), first=("x",)),
    "redo": Case(at(0), (DROP, ("drop", None, (), 1), DROP), first=("x", "u")),
    "down": Case(at(1)),
    "up": Case(at(1), first=("j", "j")),
    "first": Case(at(0), first=("j", "j")),
    "last": Case(at(11)),
    "half_down": Case(at(11)),
    "half_up": Case(at(0), first=("G",)),
    "read_on": Case(lambda pilot, _: top_line(pilot) > 10),
    "read_back": Case(lambda pilot, _: top_line(pilot) == 0, first=("J",)),
    "next_message": Case(lambda pilot, _: top_line(pilot) > 0),
    "previous_message": Case(lambda pilot, _: top_line(pilot) == 0, first=("]",)),
    "find": Case(lambda _, r: len(r.place) == 3, on=PromptLine, then=(*"flag", "colon", "enter")),
    "build_filter": Case(
        lambda _, r: r.filter_text == "-is:undecided" and len(r.place) == 0,
        on=FilterBuilder,
        then=("space", "space", "enter"),
    ),
    "next_undecided": Case(at(1), (KEEP,), first=("a", "g")),
    "previous_undecided": Case(at(1), (KEEP,), first=("a", "j")),
    "sort": Case(lambda _, r: r.sorted_by.name == "chars", on=Picker, then=("j", "enter")),
    "queue": Case(lambda _, r: r.queue.name == "gain", on=Picker, then=("j", "enter")),
    "save_view": Case(
        lambda _, r: [(v.name, v.queue) for v in r.views.all()] == [("mine", "loss")],
        on=PromptLine,
        then=(*"mine", "enter"),
    ),
    "mark": Case(lambda _, r: r.marks.count == 1 and r.place.position == 1),
    "mark_range": Case(lambda _, r: r.marks.count == 4, first=("v", "j", "j")),
    "mark_all": Case(lambda _, r: r.marks.count == 12),
    "bulk": Case(lambda _, r: r.marks.count == 0, (DROP, DROP), first=("v", "v"), on=BulkSheet, then=("x",)),
    "compare": Case(says("nothing to compare it with")),
    "info": Case(on_top(Reader)),
    "copy_id": Case(lambda pilot, r: pilot.app.clipboard == r.corpus.id_of(r.place.row)),
    "help": Case(on_top(Reader)),
    "palette": Case(lambda pilot, _: type(pilot.app.screen).__name__ == "CommandPalette"),
    "open": Case(on_top(Jump)),
    "back": Case(lambda pilot, _: type(pilot.app.screen).__name__ == "ReviewScreen"),
    "quit": Case(lambda pilot, _: not pilot.app.is_running),
    **{f"label_{n}": Case(at(0), (("skip", None, (name,), None),)) for n, name in enumerate(LABELS, start=1)},
    **{f"label_{n}": Case(says(f"no label {n}")) for n in range(len(LABELS) + 1, 10)},
}
ACTIONS = [action for action in Registry().of("review") if not action.does.startswith("app.go(")]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
async def test_every_key(
    make_desk: Any, plain_examples: Any, action: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "true")  # no terminal here that could be handed to it
    case = CASES[action.id]
    examples = [
        replace(e, messages=(*e.messages[:2], replace(e.messages[2], content=TALL)))
        for e in plain_examples(12)
    ]
    with make_desk(examples=examples, tokens=False).bench() as bench:
        async with running(bench) as pilot:
            await pilot.press(*case.first)
            await until(pilot, lambda: len(pilot.app.screen.query("ListPane")) == 1)
            await press(pilot, case, action.keys[0])
            await until(pilot, lambda: case.holds(pilot, bench.review))
            found = bench.review.verdicts.journal.decisions()
            assert tuple((d.verdict, d.reason, d.labels, d.undoes) for d in found) == case.writes


def test_there_are_no_cases_of_nothing() -> None:
    assert set(CASES) == {action.id for action in ACTIONS}
    assert all(keys_of(action) for action in ACTIONS)
