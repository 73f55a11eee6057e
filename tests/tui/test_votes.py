"""Blind votes: sides and order by hash, votes in the journal, and what the win rate says."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilots import NARROW, WIDE, running, text_of, until
from snapshots import matches
from statsmodels.stats.proportion import proportion_confint
from textual.pilot import Pilot

from schemas.arrow import generations_schema
from schemas.evaluation import EvalInfo
from schemas.statement import Vote
from tui.model.answers import contests, prompts
from tui.model.votes import Tally, Votes
from tui.model.workbench import Workbench
from tui.screens.votes import VotesScreen
from tui.widgets.empty import Empty
from tui.widgets.reader import Reader
from tui.widgets.strips_pane import StripsPane

SAME = 2  # of the questions


def evaluate(run: Path, ids: Sequence[str], systems: Sequence[str]) -> None:
    """An evaluation as `train eval` writes it; the first answers of all systems are the same."""
    folder = run / "evals/test: one"
    folder.mkdir(parents=True)
    rows = [
        {
            "set": "test",
            "example_id": name,
            "turn": 2,
            "system": system,
            "request": f"{run.name}{system}{at}",
            "prediction": "The same." if at < SAME else f"{system} of {run.name} says {at}",
            "reference": f"reference {at}",
            "finish": "end",
            "n_tokens": 3,
            "n_prompt_tokens": 9,
            "shots": [],
        }
        for at, name in enumerate(ids)
        for system in systems
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=generations_schema([])), folder / "generations.parquet")
    info = EvalInfo(
        name="test: one",
        run=run.name,
        key="k",
        dataset_version="v1",
        settings={},
        device="cpu",
        dtype="float32",
        packages={},
        made_at="2026-01-01T00:00:00Z",
        sets=(),
    )
    (folder / "eval.json").write_text(info.to_json(), encoding="utf-8")


@pytest.fixture
def desk(make_desk: Any) -> Any:
    """Runs r1 and r2, of which r2 has the base model's answers, too."""
    desk = make_desk(12)
    runs = desk.recipe.parent / ".siftune/runs"
    shutil.copytree(runs / "r1", runs / "r2")
    info = json.loads((runs / "r2/run.json").read_bytes())
    info |= {"run": "r2", "started_at": "2026-01-02T00:00:00Z"}
    (runs / "r2/run.json").write_text(json.dumps(info), encoding="utf-8")
    ids = [e.example_id for e in desk.examples]
    evaluate(runs / "r1", ids, ["adapter"])
    evaluate(runs / "r2", ids, ["base", "adapter"])
    return desk


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
