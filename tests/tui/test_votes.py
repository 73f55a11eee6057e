"""Blind votes: sides and order by hash, votes in the journal, and what the win rate says."""

from collections.abc import Iterator
from typing import Any

import pytest
from evaluations import SAME, two_runs
from hypothesis import given
from hypothesis import strategies as st
from pilots import NARROW, WIDE, running, text_of, until
from snapshots import matches
from statsmodels.stats.proportion import proportion_confint
from textual.pilot import Pilot
from typed import play

from schemas.statement import Vote
from tui.model.answers import contests, prompts
from tui.model.votes import Tally, Votes
from tui.model.workbench import Workbench
from tui.screens.votes import VotesScreen
from tui.widgets.empty import Empty
from tui.widgets.reader import Reader
from tui.widgets.strips_pane import StripsPane


@pytest.fixture
def desk(make_desk: Any) -> Any:
    return two_runs(make_desk(12))


@pytest.fixture
def bench(desk: Any) -> Iterator[Workbench]:
    with desk.bench() as opened:
        yield opened


def votes_of(bench: Workbench) -> Votes:
    contest = contests(bench.workspace)[0]
    return Votes(bench.review, contest, prompts(contest))


async def shown(pilot: Pilot[int]) -> Votes:
    await pilot.press("f9")
    await until(pilot, lambda: isinstance(pilot.app.screen, VotesScreen))
    screen = pilot.app.screen
    assert isinstance(screen, VotesScreen)
    await until(pilot, lambda: screen.listed is not None)
    assert screen.listed is not None
    return screen.listed


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 50))
def test_the_interval_is_wilsons(a: int, b: int, ties: int) -> None:
    tally = Tally(a, b, ties)
    if a + b == 0:
        assert tally.interval is None
        return
    assert tally.interval == pytest.approx(proportion_confint(b, a + b, method="wilson"), abs=1e-3)
    words = " ".join(tally.lines("A", "B"))
    low, high = tally.interval
    assert ("not enough evidence" in words) == (low <= 0.5 <= high)


def test_pairs_of_two_runs_come_first_and_same_answers_are_counted_apart(bench: Workbench) -> None:
    found = contests(bench.workspace)
    assert [(c.a.title, c.b.title) for c in found] == [
        ("adapter of r1", "adapter of r2"),
        ("adapter of r1", "base of r2"),
        ("base of r2", "adapter of r2"),
    ]
    assert {(len(c.keys), c.same) for c in found} == {(12 - SAME, SAME)}


def test_sides_change_from_question_to_question_and_from_annotator_to_annotator(desk: Any) -> None:
    sides: dict[str, list[bool]] = {}
    for who in ("ada", "bob", "ada"):
        with desk.bench(who) as bench:
            votes = votes_of(bench)
            found = []
            for at in range(len(votes)):
                votes.cursor.go(at)
                found.append((votes.key, "r2" in votes.sides[0]))
            known = [left for _, left in sorted(found)]
            assert sides.setdefault(who, known) == known, "the same each time"
            assert [key for key, _ in found] != sorted(key for key, _ in found), "in no order of the data"
    assert len(set(sides["ada"])) == 2
    assert sides["ada"] != sides["bob"]


def test_what_a_side_wins_is_its_systems(bench: Workbench) -> None:
    votes = votes_of(bench)
    while votes.open:
        newer_left = "r2" in votes.sides[0]
        votes.choose("left" if newer_left else "right")
    assert (votes.own.a, votes.own.b, votes.own.ties) == (0, 12 - SAME, 0)
    assert any("is better, as far" in line for line in votes.own.lines("A", "B"))


def test_a_later_vote_takes_the_place_of_an_earlier(bench: Workbench) -> None:
    votes = votes_of(bench)
    votes.choose("left")
    votes.cursor.go(0)
    votes.choose("tie")
    assert votes.own == Tally(ties=1)


def test_of_several_annotators_most_decide_question_by_question(desk: Any) -> None:
    for who, choice in (("ada", "b"), ("bob", "b"), ("eve", "a")):
        with desk.bench(who) as bench:
            votes = votes_of(bench)
            while votes.open:
                newer_left = "r2" in votes.sides[0]
                votes.choose("left" if newer_left == (choice == "b") else "right")
    with desk.bench("eve") as bench:
        votes = votes_of(bench)
        assert votes.voters == 3
        assert votes.own == Tally(a=12 - SAME)
        assert votes.team == Tally(b=12 - SAME)


async def test_keys_vote_undo_and_show_the_result(bench: Workbench) -> None:
    async with running(bench) as pilot:
        votes = await shown(pilot)
        first = votes.key
        page = text_of(pilot, StripsPane)
        assert "which answer is better?" in page
        assert "reference" in page
        assert "Where is order" in page, "what was asked"
        await pilot.press("h", "l", "t")
        await until(pilot, lambda: votes.open == 12 - SAME - 3)
        found = [d.statement for d in bench.review.verdicts.journal.decisions()]
        assert [isinstance(one, Vote) and one.turn for one in found] == [2, 2, 2]
        assert found[2] is not None
        assert isinstance(found[2], Vote)
        assert found[2].better == "tie"
        assert found[2].a == "r1/test%3A%20one/test/adapter"
        await pilot.press("u", "u", "u")
        await until(pilot, lambda: votes.open == 12 - SAME and votes.key == first)
        await pilot.press("ctrl+r", "g", "n", "r")
        await until(pilot, lambda: isinstance(pilot.app.screen, Reader))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, VotesScreen))


async def test_s_compares_two_others(bench: Workbench) -> None:
    async with running(bench) as pilot:
        await shown(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, VotesScreen)
        await pilot.press("s")
        await until(pilot, lambda: screen.listed is not None and screen.listed.contest.b.system == "base")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_both_sizes_and_nobody_is_told_whose_is_whose(bench: Workbench, size: tuple[int, int]) -> None:
    async with running(bench, size) as pilot:
        await shown(pilot)
        await matches(pilot, "votes" if size == WIDE else "votes-narrow")
        await pilot.press("J")
        assert "right" in text_of(pilot, StripsPane)


async def test_without_answers_it_says_how_to_get_some(make_desk: Any) -> None:
    with make_desk().bench() as bench:
        async with running(bench) as pilot:
            await pilot.press("f9")
            await until(pilot, lambda: isinstance(pilot.app.screen, VotesScreen))
            await until(pilot, lambda: "train eval RUN" in text_of(pilot, Empty))
            await pilot.press("h", "t", "r", "s", "n")
            assert bench.review.verdicts.journal.decisions() == []


def test_votes_line_by_line(bench: Workbench) -> None:
    """The same votes as with keys, and no system named before the result."""
    said = play(bench, "left", "t", "vote-right", "u", "r", "s", screen="votes")
    votes = [d.statement for d in bench.review.verdicts.journal.decisions() if d.undoes is None]
    assert [type(vote) for vote in votes] == [Vote, Vote, Vote]
    assert votes[1].better == "tie"
    assert len(votes_of(bench)._own) == 2
    before, result = said.split("Your votes")
    assert "left answer:\n" in before
    assert "adapter of r" not in before.replace("adapter of r1 says", "").replace("adapter of r2 says", "")
    assert "better: " in result
    assert "pair 2 of 3" in result
