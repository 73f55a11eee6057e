"""Contradictions side by side, driven by keys, judged by the journal."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest
from pilots import NARROW, WIDE, running, text_of, until
from snapshots import matches
from textual.pilot import Pilot
from typed import play

from curate.journal import rulings_of
from schemas import arrow
from schemas.ledger import Event
from tui.model.contradictions import Contradictions, opposed
from tui.model.workbench import Workbench
from tui.screens.contradictions import ContradictionsScreen
from tui.widgets.empty import Empty
from tui.widgets.strips_pane import StripsPane


@pytest.fixture
def bench(desk: Any) -> Iterator[Workbench]:
    """Rows 0 and 1 contradict each other, and so do 2 and 3; each pair is in the ledger both ways round."""
    ids = [e.example_id for e in desk.examples]
    pairs = [(0, 1), (1, 0), (2, 3), (3, 2)]
    events = [Event(ids[a], "dedup", "flagged", "contradiction", 0.9, matched_id=ids[b]) for a, b in pairs]
    events.append(Event(ids[4], "dedup", "flagged", "contradiction", 0.9, matched_id="0" * 20))
    ledger = desk.recipe.parent / ".siftune/datasets/v1/ledger.parquet"
    pq.write_table(arrow.ledger_table(events), ledger)
    with desk.bench() as opened:
        yield opened


def listed(bench: Workbench) -> Contradictions:
    return Contradictions(bench.review, opposed(bench.dataset, bench.review.corpus))


async def shown(pilot: Pilot[int]) -> Contradictions:
    await pilot.press("f5")
    await until(pilot, lambda: isinstance(pilot.app.screen, ContradictionsScreen))
    screen = pilot.app.screen
    assert isinstance(screen, ContradictionsScreen)
    await until(pilot, lambda: screen.listed is not None)
    assert screen.listed is not None
    return screen.listed


def test_each_pair_stands_once_and_only_where_both_are_there(bench: Workbench) -> None:
    pairs = opposed(bench.dataset, bench.review.corpus)
    assert pairs.rows.tolist() == [[0, 1], [2, 3]]
    assert pairs.scores.tolist() == [0.9, 0.9]


@pytest.mark.parametrize(
    ("key", "verdicts"),
    [("h", ["keep", "drop"]), ("l", ["drop", "keep"]), ("a", ["keep", "keep"]), ("x", ["drop", "drop"])],
)
async def test_a_key_decides_both_and_goes_on(bench: Workbench, key: str, verdicts: list[str]) -> None:
    async with running(bench) as pilot:
        pairs = await shown(pilot)
        await pilot.press(key)
        await until(pilot, lambda: pairs.cursor.position == 1)
        found = bench.review.verdicts.journal.decisions()
        assert [d.verdict for d in found] == verdicts
        assert len({d.batch for d in found}) == 1
        assert [d.example_id for d in found] == [bench.review.corpus.id_of(row) for row in (0, 1)]
        assert pairs.open == 1
        assert [bench.review.verdicts.current(row).verdict for row in (0, 1)] == verdicts


async def test_one_undo_takes_both_back_and_redo_brings_both(bench: Workbench) -> None:
    async with running(bench) as pilot:
        pairs = await shown(pilot)
        await pilot.press("h", "u")
        await until(pilot, lambda: pairs.cursor.position == 0 and pairs.open == 2)
        assert rulings_of(bench.review.verdicts.journal.decisions()) == {}
        await pilot.press("ctrl+r")
        await until(pilot, lambda: pairs.open == 1)
        await pilot.press("n")
        await until(pilot, lambda: pairs.cursor.position == 1)
        await pilot.press("x", "n")
        await until(pilot, lambda: "no other pair is open" in pilot.app.screen.query_one("#message").text)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_both_sides_are_shown(bench: Workbench, size: tuple[int, int]) -> None:
    async with running(bench, size) as pilot:
        await shown(pilot)
        await matches(pilot, "contradictions" if size == WIDE else "contradictions-narrow")
        await pilot.press("J")
        text = text_of(pilot, StripsPane)
        assert "left" in text or "right" in text


async def test_none_is_said(make_desk: Callable[..., Any], plain_examples: Callable[[int], Any]) -> None:
    desk = make_desk(examples=plain_examples(1))
    with desk.bench() as bench:
        async with running(bench) as pilot:
            await shown(pilot)
            await until(pilot, lambda: "No two examples" in text_of(pilot, Empty))
            await pilot.press("h", "u", "j")
            assert bench.review.verdicts.journal.decisions() == []


def test_line_by_line_a_pair_is_decided_at_once_and_undone_at_once(bench: Workbench) -> None:
    said = play(bench, "left", "keep_neither", "u", "x", "u", "u", "j", screen="contradictions")
    found = bench.review.verdicts.journal.decisions()
    assert [d.verdict for d in found if d.undoes is None] == ["keep", "drop", "drop", "drop", "drop", "drop"]
    assert len({d.batch for d in found if d.undoes is None}) == 3
    assert rulings_of(found) == {}
    assert "contradiction 1 of 2, as ada, 2 left" in said
    assert "kept left, dropped right" in said
    assert "assistant, left:\n" in said
    assert "assistant, right:\n" in said
