"""Duplicates looked through by cluster, on a version that the builder made of real raw rows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pilots import NARROW, WIDE, running, text_of, until
from snapshots import matches
from textual.pilot import Pilot
from typed import play

from curate.building.build import build
from schemas.statement import Apart
from tui.model.clusters import Clusters
from tui.model.duplicates import Duplicates
from tui.model.workbench import Workbench, open_workbench
from tui.screens.duplicates import DuplicatesScreen
from tui.widgets.lines_pane import LinesPane
from tui.widgets.strips_pane import StripsPane

LONG = " ".join(f"word{n}" for n in range(40))
PHONE = "(415) 555-0132"
ROWS = [
    ("How do I return it?", LONG, 2),
    ("How do I return it?", f"{LONG} {PHONE}", 1),
    ("How do I return it?", f"{LONG} please now", 1),
    ("Where is it?", "On its way to you since Monday morning.", 1),
    ("Where is it?", "On its way to you since Monday morning.", 1),
    ("Who are you?", "The shop's helper, at your service all day.", 1),
]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clusters")
    for priority in (1, 2):
        rows = [{"prompt": p, "completion": c} for p, c, own in ROWS if own == priority]
        (root / f"{priority}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (root / "recipe.yaml").write_text(
        "name: clusters\nsystem_prompt: Help.\ndedup: {}\npii: {}\n"
        "sources:\n  - {path: 1.jsonl}\n  - {path: 2.jsonl, priority: 2}\n",
        encoding="utf-8",
    )
    build(root / "recipe.yaml", say=lambda _: None)
    return root / "recipe.yaml"


@pytest.fixture
def bench(recipe: Path) -> Iterator[Workbench]:
    (recipe.parent / ".siftune" / "decisions.db").unlink(missing_ok=True)
    with open_workbench(recipe, queue=None, annotator="ada", run=None, version=None) as opened:
        yield opened


def written(bench: Workbench) -> list[tuple[str, tuple[str, ...], int | None]]:
    return [(d.verdict, d.labels, d.undoes) for d in bench.review.verdicts.journal.decisions()]


async def opened(pilot: Pilot[int]) -> DuplicatesScreen:
    await pilot.press("f3")
    await until(pilot, lambda: isinstance(pilot.app.screen, DuplicatesScreen))
    screen = pilot.app.screen
    assert isinstance(screen, DuplicatesScreen)
    await until(pilot, lambda: screen.listed is not None and not screen.listed.missing())
    return screen


def test_doubtful_clusters_come_first_and_equal_texts_last(bench: Workbench) -> None:
    clusters = Clusters(bench.dataset)
    assert len(clusters) == 2
    near, equal = clusters[0], clusters[1]
    assert [m.exact for m in near.members] == [False, False]
    assert near.members[0].jaccard <= near.members[1].jaccard < 1
    assert [m.exact for m in equal.members] == [True]
    assert clusters.size(0) == 3


def test_equal_texts_cannot_be_told_apart(bench: Workbench) -> None:
    listed = Duplicates(bench.review, Clusters(bench.dataset))
    listed.cursor.go(1)
    assert "always go" in listed.not_a_duplicate().says
    assert "no difference" in listed.keep_this().says
    assert written(bench) == []


def test_a_keep_of_another_row_is_named(bench: Workbench) -> None:
    listed = Duplicates(bench.review, Clusters(bench.dataset))
    assert "stays too" not in listed.keep_kept().says
    assert "ada kept another of them, which stays too" in listed.keep_this().says


async def test_the_text_that_went_is_read_from_the_raw_rows_without_personal_data(bench: Workbench) -> None:
    async with running(bench) as pilot:
        screen = await opened(pilot)
        assert screen.listed is not None
        texts = {name: row.answer for name, row in screen.listed.texts.items()}
        assert f"{LONG} <PHONE_NUMBER_1>" in texts.values()
        pages = [text_of(pilot, StripsPane)]
        await pilot.press("]")
        await until(pilot, lambda: "2 of 2" in text_of(pilot, StripsPane))
        pages.append(text_of(pilot, StripsPane))
        assert all("user · both" in page and "assistant · went" in page for page in pages)
        assert any("<PHONE_NUMBER_1>" in page for page in pages)
        assert any("please now" in page for page in pages)
        assert PHONE not in "".join(pages)


async def test_told_apart_is_a_statement_that_undo_takes_back(bench: Workbench) -> None:
    async with running(bench) as pilot:
        screen = await opened(pilot)
        listed = screen.listed
        assert listed is not None
        cluster, member = listed.cluster, listed.shown.member
        await pilot.press("x")
        await until(pilot, lambda: len(written(bench)) == 1)
        assert written(bench) == [("skip", (Apart(cluster.kept_id).label,), None)]
        assert bench.review.verdicts.journal.decisions()[0].example_id == member.example_id
        assert "told apart: the next build keeps both" in text_of(pilot, StripsPane)
        assert listed.done(0)
        await pilot.press("x", "u")
        await until(pilot, lambda: len(written(bench)) == 2)
        assert not listed.told_apart(member)


async def test_keep_this_next_row_and_the_left_one(bench: Workbench) -> None:
    async with running(bench) as pilot:
        screen = await opened(pilot)
        listed = screen.listed
        assert listed is not None
        await pilot.press("]")
        await until(pilot, lambda: listed.member == 1)
        second = listed.shown.member.example_id
        await pilot.press("a", "[", "A", "u", "ctrl+r")
        await until(pilot, lambda: len(written(bench)) == 4)
        found = bench.review.verdicts.journal.decisions()
        assert [d.example_id for d in found] == [second, *[listed.cluster.kept_id] * 3]
        assert [d.undoes for d in found] == [None, None, 2, None]
        assert listed.member == 0


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_both_sizes(bench: Workbench, size: tuple[int, int]) -> None:
    async with running(bench, size) as pilot:
        await opened(pilot)
        await matches(pilot, "duplicates" if size == WIDE else "duplicates-narrow")
        await pilot.press("j")
        await until(pilot, lambda: "equal texts" in text_of(pilot, StripsPane))
        assert "Where is it?" in text_of(pilot, LinesPane)
        await pilot.press("k", "G", "g", "ctrl+d", "ctrl+u", "J", "K")
        await until(pilot, lambda: "Jaccard" in text_of(pilot, StripsPane))


async def test_a_version_that_is_damaged_says_so(make_desk: Any) -> None:
    desk = make_desk()
    with desk.bench() as bench:
        (desk.recipe.parent / ".siftune/datasets/v1/duplicates.parquet").unlink()
        async with running(bench) as pilot:
            await pilot.press("f3")
            await until(pilot, lambda: "missing" in pilot.app.screen.query_one("#message").text)


def test_line_by_line_with_differences_in_words(bench: Workbench) -> None:
    said = play(bench, "]", "x", "u", "[", "a", "keep_kept", "last", "x", screen="duplicates")
    decided = written(bench)
    assert [verdict for verdict, _, _ in decided] == ["skip", "skip", "keep", "keep"]
    assert [label.partition(":")[0] for _, labels, _ in decided for label in labels] == ["not_duplicate_of"]
    assert decided[1][2] is not None
    assert "row 2 of 2 that went" in said
    assert '"please now" added' in said
    assert "their texts are equal: such duplicates always go" in said
    assert PHONE not in said
