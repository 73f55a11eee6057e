"""What others decide is shown while nobody presses a key."""

import asyncio
from threading import Event
from typing import Any

import pytest
from pilots import running, shown, until

from curate.journal import Journal
from tui import following
from tui.following import Following


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "EVERY_S", 0.05)


async def test_the_status_follows_the_team(desk: Any) -> None:
    with desk.bench("ada") as bench, Journal.open(desk.journal) as elsewhere:
        async with running(bench) as pilot:
            assert "team" not in shown(pilot)
            elsewhere.append(desk.examples[7].example_id, "bob", "keep")
            await until(pilot, lambda: "team 1/12" in shown(pilot))
            elsewhere.append(desk.examples[8].example_id, "bob", "drop")
            await until(pilot, lambda: "team 2/12" in shown(pilot))


async def test_it_follows_below_a_sheet(desk: Any) -> None:
    with desk.bench("ada") as bench, Journal.open(desk.journal) as elsewhere:
        async with running(bench) as pilot:
            await pilot.press("question_mark")
            elsewhere.append(desk.examples[7].example_id, "bob", "keep")
            await until(pilot, lambda: bench.review.team.n_decided == 1)
            await pilot.press("escape")
            await until(pilot, lambda: "team 1/12" in shown(pilot))


async def test_what_was_typed_stays(desk: Any) -> None:
    with desk.bench("ada") as bench, Journal.open(desk.journal) as elsewhere:
        async with running(bench) as pilot:
            await pilot.press("slash", *"order")
            elsewhere.append(desk.examples[7].example_id, "bob", "keep")
            await until(pilot, lambda: "team 1/12" in shown(pilot))
            assert "show: order" in shown(pilot)


async def test_own_decisions_and_old_ones_are_no_news(desk: Any) -> None:
    told = Event()
    with Journal.open(desk.journal) as journal:
        before = journal.append(desk.examples[0].example_id, "bob", "keep")
        follower = Following(desk.journal, "ada", before.seq, told.set)
        follower.start()
        journal.append(desk.examples[1].example_id, "ada", "keep")
        await asyncio.sleep(0.5)
        assert not told.is_set()
        journal.append(desk.examples[2].example_id, "bob", "keep")
        assert await asyncio.to_thread(told.wait, 10)
        follower.stop()


async def test_a_journal_that_is_not_reached_is_tried_again(desk: Any) -> None:
    told = Event()
    journal, away = desk.journal, desk.journal.with_name("away.db")
    with Journal.open(journal) as open_journal:
        open_journal.append(desk.examples[2].example_id, "bob", "keep")
    journal.rename(away)
    journal.write_text("no database")
    follower = Following(journal, "ada", 0, told.set)
    follower.start()
    await asyncio.sleep(0.3)
    assert not told.is_set()
    away.replace(journal)
    assert await asyncio.to_thread(told.wait, 10)
    follower.stop()
