"""Pictures of the shell and its screens, as `tests/kit/snapshots.py` keeps them."""

from collections.abc import Iterator
from typing import Any

import pytest
from decided import decide
from pilots import NARROW, WIDE, until
from snapshots import matches

from tui import theme
from tui.app import ReviewApp
from tui.colours import DEFAULT
from tui.model.workbench import open_workbench


@pytest.fixture(autouse=True)
def _usual_colours() -> Iterator[None]:
    yield
    theme.wear(DEFAULT)


@pytest.mark.parametrize(
    ("name", "keys", "size", "colours"),
    [
        ("review", [], WIDE, "dark"),
        ("review-light", [], WIDE, "light"),
        ("review-contrast", [], WIDE, "contrast"),
        ("review-narrow", ["j"], NARROW, "dark"),
        ("review-asking", ["X", *"rude"], NARROW, "dark"),
        ("review-empty", ["slash", *"nobody", "enter"], NARROW, "dark"),
        ("help", ["question_mark"], WIDE, "dark"),
        ("screens", ["o"], (80, 24), "dark"),
        ("palette", ["ctrl+p", *"undo"], (80, 24), "dark"),
        ("overview", ["f1"], WIDE, "dark"),
        ("overview-narrow", ["f1"], NARROW, "light"),
        ("journal", ["f11", "j"], WIDE, "dark"),
        ("journal-narrow", ["f11"], NARROW, "dark"),
        ("agreement", ["f10", "j"], WIDE, "dark"),
        ("agreement-conflict", ["f10", "G"], NARROW, "dark"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_with_decisions(
    desk: Any, name: str, keys: list[str], size: tuple[int, int], colours: str
) -> None:
    with decide(desk).bench("ada") as bench:
        async with ReviewApp(bench, colours=colours).run_test(size=size) as pilot:
            for key in keys:
                await pilot.press(key)
                await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers))
            await matches(pilot, name)


@pytest.mark.parametrize("key", ["f10", "f11"])
async def test_without(desk: Any, key: str) -> None:
    names = {"f10": "agreement-alone", "f11": "journal-empty"}
    with desk.bench("ada") as bench:
        async with ReviewApp(bench).run_test(size=NARROW) as pilot:
            await pilot.press(key)
            await matches(pilot, names[key])


async def test_blind(desk: Any) -> None:
    decide(desk)
    with open_workbench(
        desk.recipe, queue=None, annotator="eve", run=None, version=None, blind=True
    ) as bench:
        async with ReviewApp(bench).run_test(size=NARROW) as pilot:
            await pilot.press("f1")
            await matches(pilot, "overview-blind")
