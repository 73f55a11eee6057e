"""The overview, the journal and agreement: what they list, where they lead, and what they hide when blind."""

from collections.abc import Iterator
from typing import Any

import pytest
from decided import decide
from pilots import NARROW, WIDE, running, shown, until
from textual.pilot import Pilot

from curate.journal import Journal
from tui.model.workbench import open_workbench
from tui.screens.agreement import AgreementScreen
from tui.screens.journal import JournalScreen
from tui.screens.overview import OverviewScreen
from tui.widgets.bars import MessageBar


@pytest.fixture
def decided(desk: Any) -> Any:
    return decide(desk)


@pytest.fixture
def two(decided: Any) -> Iterator[Any]:
    with decided.bench("ada", queue="random") as bench:
        yield bench


async def opened(pilot: Pilot[int], key: str, screen: type[Any]) -> Any:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, screen) and pilot.app.screen.listed is not None)
    return pilot.app.screen


async def test_the_overview_counts_what_waits(two: Any) -> None:
    async with running(two) as pilot:
        screen = await opened(pilot, "f1", OverviewScreen)
        places = {place.name: place.left for place in screen.listed._places}
        assert places["disagreement"] == 2
        assert places["pending"] == places["loss"] == 8
        assert places["journal"] is None
        text = shown(pilot)
        assert "ada: 4 of 12 examples decided, 4 today" in text
        assert "bob: 4 examples decided" in text
        assert "r1: done, lora of tiny" in text


async def test_the_overview_leads_to_queues_and_screens(two: Any) -> None:
    async with running(two) as pilot:
        screen = await opened(pilot, "f1", OverviewScreen)
        names = [place.name for place in screen.listed._places]
        await pilot.press(*["j"] * names.index("pending"), "enter")
        await until(pilot, lambda: two.review.queue.name == "pending" and pilot.app.screen is not screen)
        assert len(two.review.place) == 8
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("G", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, JournalScreen))


async def test_the_overview_counts_again_when_it_is_shown_again(two: Any) -> None:
    async with running(two) as pilot:
        screen = await opened(pilot, "f1", OverviewScreen)
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press("a", "f1")
        await until(pilot, lambda: {p.name: p.left for p in screen.listed._places}["pending"] == 7)


async def test_the_journal_lists_finds_and_takes_back(two: Any) -> None:
    async with running(two) as pilot:
        screen = await opened(pilot, "f11", JournalScreen)
        assert [screen.listed.line(at).split(" ", 1)[1] for at in range(3)] == [
            "ada undid 9  Where is order 7?",
            "ada dropped (undone)  Where is order 7?",
            "bob kept     Where is order 4?",
        ]
        assert [screen.listed.done(at) for at in range(3)] == [True, True, False]
        await pilot.press("U")
        await until(pilot, lambda: "this is undone" in message(pilot))
        await pilot.press("j", "j", "U")
        await until(pilot, lambda: "a decision of bob" in message(pilot))
        await pilot.press("slash")
        await until(pilot, lambda: screen.asking)
        await pilot.press(*"by", "colon", *"ada", "space", *"because", "space", *"verdict", "colon", *"keep")
        await pilot.press("enter")
        await until(pilot, lambda: len(screen.listed) == 2)
        await pilot.press("g", "U")
        await until(pilot, lambda: screen.listed.done(0))
        with Journal.open(two.workspace.journal) as journal:
            assert journal.decisions()[-1].undoes == 5
        assert two.review.verdicts.current(two.review.corpus.row_of(screen.listed.chosen.example_id)) is None


async def test_the_journal_says_what_a_filter_lacks(two: Any) -> None:
    async with running(two) as pilot:
        screen = await opened(pilot, "f11", JournalScreen)
        await pilot.press("slash")
        await until(pilot, lambda: screen.asking)
        await pilot.press(*"verdict", "colon", *"maybe", "enter")
        await until(pilot, lambda: "'maybe' is no verdict" in message(pilot))
        assert len(screen.listed) == 10
        await pilot.press("slash")
        await until(pilot, lambda: screen.asking)
        await pilot.press(*"nothing", "enter")
        await until(pilot, lambda: "No decision matches." in shown(pilot))


async def test_the_journal_leads_to_the_example(two: Any) -> None:
    two.review.filter("nobody")
    assert len(two.review.place) == 0
    async with running(two) as pilot:
        screen = await opened(pilot, "f11", JournalScreen)
        await pilot.press("G", "enter")
        await until(pilot, lambda: pilot.app.screen is not screen)
        assert two.review.example.example_id == screen.listed.chosen.example_id
        assert two.review.filter_text == ""


async def test_agreement_shows_measures_and_conflicts(two: Any) -> None:
    async with running(two) as pilot:
        screen = await opened(pilot, "f10", AgreementScreen)
        assert screen.listed.line(0) == "verdicts  α 0.12"
        assert screen.listed.line(1) == "ada and bob  κ 0.00"
        said = [line for _, lines in screen.listed.chosen.page() for line in lines]
        assert any("agree on 50.0% of 4 decided by both; few" in line for line in said)
        await pilot.press("j")
        await until(pilot, lambda: "ada: keep" in shown(pilot))
        await pilot.press("G")
        await until(pilot, lambda: "2 bob: keep" in shown(pilot))
        row = screen.listed.conflict_row
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is not screen)
        assert two.review.queue.name == "disagreement"
        assert two.review.place.row == row


async def test_blind_they_show_nothing_of_others(decided: Any) -> None:
    with open_workbench(
        decided.recipe, queue=None, annotator="ada", run=None, version=None, blind=True
    ) as bench:
        async with running(bench) as pilot:
            screen = await opened(pilot, "f11", JournalScreen)
            assert len(screen.listed) == 6
            await opened(pilot, "f10", AgreementScreen)
            await until(pilot, lambda: "--blind hides" in shown(pilot))
            await opened(pilot, "f1", OverviewScreen)
            assert "bob" not in shown(pilot)


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize(
    ("key", "screen", "words"),
    [
        ("f1", OverviewScreen, "nothing decided yet"),
        ("f10", AgreementScreen, "Agreement needs two annotators"),
        ("f11", JournalScreen, "Nobody has decided anything yet."),
    ],
)
async def test_with_nothing_decided_they_say_what_to_press(
    bench: Any, key: str, screen: type[Any], words: str, size: tuple[int, int]
) -> None:
    async with running(bench, size) as pilot:
        await opened(pilot, key, screen)
        if size == WIDE or key != "f1":
            await until(pilot, lambda: words in shown(pilot))
        await pilot.press(*(["enter"] if key != "f1" else []), "U", "u", "j", "G", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, screen))


def message(pilot: Pilot[int]) -> str:
    return pilot.app.screen.query_one(MessageBar).text
