"""Families on the screen: a child beside its parent, decided and undone by keys."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pilots import NARROW, WIDE, running, text_of, until
from snapshots import matches
from textual.pilot import Pilot

from schemas.example import Example
from tui.model.families import Families
from tui.model.workbench import Workbench
from tui.screens.family import FamilyScreen
from tui.widgets.empty import Empty
from tui.widgets.strips_pane import StripsPane


@pytest.fixture
def bench(
    make_desk: Callable[..., Any],
    plain_examples: Callable[[int], list[Example]],
    make_child: Callable[..., Example],
) -> Iterator[Workbench]:
    """Two children of the last row, one of the first, and one whose parent is gone."""
    parents = plain_examples(4)
    first, last, gone = parents[0], parents[-1], parents[1]
    said = ("Where is my order now?", "It left the shop on Monday.")
    children = [
        make_child(last, "Where did order 3 go?", "Order 3 left our shop on Monday."),
        make_child(first, *said),
        make_child(last, "Please, where is order 3?", "Order 3 left our shop on Tuesday.", sample=1),
        make_child(gone, "An orphan's question", "An orphan's answer"),
    ]
    rows = [*parents[:1], *parents[2:], *children]
    with make_desk(examples=rows).bench() as opened:
        yield opened


async def shown(pilot: Pilot[int]) -> Families:
    await pilot.press("f6")
    await until(pilot, lambda: isinstance(pilot.app.screen, FamilyScreen))
    screen = pilot.app.screen
    assert isinstance(screen, FamilyScreen)
    await until(pilot, lambda: screen.listed is not None)
    assert screen.listed is not None
    return screen.listed


def test_children_of_one_parent_stand_together(bench: Workbench) -> None:
    families = Families(bench.review)
    parents = []
    for at in range(len(families)):
        families.cursor.go(at)
        parents.append(families.parent.example_id if families.parent else None)
    assert len(families) == 4
    assert parents.count(None) == 1
    numbers = sorted(families.sibling(at) for at in range(4))
    assert numbers == [(1, 1), (1, 1), (1, 2), (2, 2)]
    first = next(at for at in range(4) if families.sibling(at) == (1, 2))
    assert parents[first] == parents[first + 1]


def test_from_parent_to_parent(bench: Workbench) -> None:
    families = Families(bench.review)
    families.cursor.go(0)
    seen = [0]
    for _ in range(4):
        families.to_family(1)
        seen.append(families.cursor.position)
    assert seen == sorted(seen)
    assert {families.sibling(at)[0] for at in seen[:3]} == {1}
    families.cursor.go(3)
    for _ in range(4):
        families.to_family(-1)
    assert families.cursor.position == 0


async def test_keys_decide_go_on_and_take_back(bench: Workbench) -> None:
    async with running(bench) as pilot:
        families = await shown(pilot)
        first = families.example
        assert first is not None
        await pilot.press("a", "x")
        await until(pilot, lambda: families.open == 2)
        verdicts = [(d.example_id, d.verdict) for d in bench.review.verdicts.journal.decisions()]
        assert [verdict for _, verdict in verdicts] == ["keep", "drop"]
        assert verdicts[0][0] == first.example_id
        await pilot.press("u", "u")
        await until(pilot, lambda: families.open == 4)
        assert families.example == first
        await pilot.press("ctrl+r", "n", "]", "[")
        await until(pilot, lambda: families.open == 3)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_parent_and_child_are_shown_with_the_ledger(bench: Workbench, size: tuple[int, int]) -> None:
    async with running(bench, size) as pilot:
        families = await shown(pilot)
        await matches(pilot, "family" if size == WIDE else "family-narrow")
        text = ""
        for _ in range(len(families)):
            text += text_of(pilot, StripsPane)
            await pilot.press("J")
            text += text_of(pilot, StripsPane)
            await pilot.press("j")
        assert "parent" in text
        assert "child 1 of 2" in text
        assert "augment: created, paraphrase" in text
        assert "its parent is not in this version" in text


async def test_no_children_is_said(desk: Any) -> None:
    with desk.bench() as bench:
        async with running(bench) as pilot:
            await shown(pilot)
            await until(pilot, lambda: "made by a model" in text_of(pilot, Empty))
            await pilot.press("a", "x", "n", "]", "[")
            assert bench.review.verdicts.journal.decisions() == []
