"""Every key of what opens over a screen: lists to choose from, pages to read, fields to type in.

A sheet that has an action without a case here fails the test: a new one needs a case.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from key_cases import Case, Holds, on_top, press, reached
from pilots import running, until
from shared_desks import as_new
from textual.containers import VerticalScroll
from textual.pilot import Pilot

from tui.actions.registry import Registry
from tui.actions.sheets import BUILDER, BULK, EDITOR, PICKER, PROMPT, READER, SHEETS
from tui.model.workbench import Workbench
from tui.screens.base import keys_of
from tui.screens.review import ReviewScreen
from tui.widgets.bulk_sheet import BulkSheet
from tui.widgets.editor import Editor
from tui.widgets.filter_builder import FilterBuilder
from tui.widgets.picker import Picker
from tui.widgets.prompt_line import PromptLine
from tui.widgets.reader import Reader

LABELS = ("wrong", "incomplete", "off topic", "unclear question", "unsafe", "style")
VIEWS = [f"view {n:02}" for n in range(12)]  # saved before: with them the list of queues has far lines
FAR = 10  # lines that a page of a sheet has


@dataclass(frozen=True)
class Opening:
    """The keys of the review that open a sheet, and what is on top then."""

    keys: tuple[str, ...]
    sheet: type[Any]


OPENINGS = {
    BULK: Opening(("v", "v", "b"), BulkSheet),
    PICKER: Opening(("Q",), Picker),
    BUILDER: Opening(("F",), FilterBuilder),
    READER: Opening(("question_mark",), Reader),
    EDITOR: Opening(("e",), Editor),
    PROMPT: Opening(("X",), PromptLine),
}


def review_again(holds: Any = lambda _: True) -> Holds:
    """The sheet is gone, and that holds of the review."""
    return lambda pilot, review: isinstance(pilot.app.screen, ReviewScreen) and bool(holds(review))


def choices(pilot: Pilot[int]) -> list[Any]:
    """Those of the sheet that can be chosen."""
    return [choice for choice in pilot.app.screen._lines.choices if not choice.heading]


def on_line(n: int) -> Holds:
    def holds(pilot: Pilot[int], _: Any) -> bool:
        lines = pilot.app.screen._lines
        return lines.choices[lines.cursor] is choices(pilot)[n]

    return holds


def scrolled(to: int) -> Holds:
    """The page begins with that line of its text; `-1` is as far as it goes."""

    def holds(pilot: Pilot[int], _: Any) -> bool:
        pane = pilot.app.screen.query_one(VerticalScroll)
        return pane.scroll_y == (pane.max_scroll_y if to < 0 else to) and pane.max_scroll_y > 2 * FAR

    return holds


def builds(text: str) -> Holds:
    return lambda pilot, _: pilot.app.screen.wanted.text == text


def lines(on: Any) -> dict[str, Case]:
    """`on` says of a line, from 0, that the sheet is there; -1 is the last."""
    return {
        "sheet_down": Case(on(1), first=("g",)),
        "sheet_up": Case(on(1), first=("g", "j", "j")),
        "sheet_page_down": Case(on(FAR), first=("g",)),
        "sheet_page_up": Case(on(1), first=("g", "ctrl+d", "j")),
        "sheet_first": Case(on(0), first=("j", "j", "j")),
        "sheet_last": Case(on(-1), first=("g",)),
    }


def both(verdict: str, reason: str | None = None, *labels: str) -> tuple[Any, ...]:
    return ((verdict, reason, labels),) * 2


def typed(review: Any) -> bool:
    """The answer of the first example, as edited, begins with what was typed."""
    (decision,) = review.verdicts.journal.decisions()
    return bool(decision.messages[-1].content.startswith("Hm"))


done = review_again(lambda review: review.marks.count == 0)
CASES: dict[str, dict[str, Case]] = {  # `writes` are verdict, reason and labels
    BULK: {
        "bulk_keep": Case(done, both("keep")),
        "bulk_drop": Case(done, both("drop")),
        "bulk_drop_because": Case(done, both("drop", "rude"), on=PromptLine, then=(*"rude", "enter")),
        "bulk_skip": Case(done, both("skip")),
        **{f"bulk_label_{n}": Case(done, both("skip", None, name)) for n, name in enumerate(LABELS, start=1)},
        **{f"bulk_label_{n}": Case(on_top(BulkSheet)) for n in range(len(LABELS) + 1, 10)},
        "bulk_close": Case(review_again(lambda review: review.marks.count == 2)),
    },
    PICKER: {
        **lines(on_line),
        "picker_choose": Case(review_again(lambda r: r.queue.name == "gain"), first=("j",)),
        "picker_remove": Case(
            lambda _, review: [view.name for view in review.views.all()] == VIEWS[:-1], first=("G",)
        ),
        "picker_close": Case(review_again(lambda r: r.queue.name == "loss"), first=("j",)),
    },
    BUILDER: {
        **lines(on_line),
        "builder_turn": Case(builds("is:undecided")),
        "builder_done": Case(review_again(lambda r: r.filter_text == "-is:undecided"), first=("space",) * 2),
        "builder_clear": Case(builds(""), first=("space",)),
        "builder_close": Case(review_again(lambda r: r.filter_text == ""), first=("space",)),
    },
    READER: {
        **lines(scrolled),
        "reader_on": Case(scrolled(FAR)),
        "reader_close": Case(review_again(), first=("j",)),
    },
    EDITOR: {
        "editor_save": Case(review_again(typed), (("edit", None, ()),), first=("H", "m")),
        "editor_leave": Case(review_again(lambda r: r.place.position == 0), first=("H", "m")),
    },
    PROMPT: {
        "prompt_close": Case(
            lambda pilot, _: not pilot.app.screen.query_one(PromptLine).open and pilot.app.focused is None,
            first=tuple("rude"),
        ),
    },
}
ACTIONS = {(sheet.name, action.id): action for sheet in SHEETS for action in Registry().of(sheet.name)}


@pytest.fixture(scope="module")
def desk(make_shared_desk: Any) -> Any:
    return make_shared_desk(tokens=False)


@pytest.fixture
def bench(desk: Any) -> Iterator[Workbench]:
    as_new(desk.recipe)
    with desk.bench() as opened:
        for name in VIEWS:
            opened.review.save_view(name)
        yield opened


@pytest.mark.parametrize(("sheet", "action"), ACTIONS)
async def test_every_key(bench: Workbench, sheet: str, action: str) -> None:
    case, opening, review = CASES[sheet][action], OPENINGS[sheet], bench.review
    async with running(bench) as pilot:
        await pilot.press(*opening.keys)
        await reached(pilot, opening.sheet)
        await until(pilot, lambda: pilot.app.screen.is_mounted)
        await pilot.press(*case.first)
        await press(pilot, case, ACTIONS[sheet, action].keys[0])
        await until(pilot, lambda: case.holds(pilot, review))
        found = review.verdicts.journal.decisions()
        assert tuple((d.verdict, d.reason, d.labels) for d in found) == case.writes


def test_there_is_a_case_of_every_action_and_none_of_nothing() -> None:
    assert {(sheet, action) for sheet, cases in CASES.items() for action in cases} == set(ACTIONS)
    assert all(keys_of(action) for action in ACTIONS.values())
