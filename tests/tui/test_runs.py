"""Runs on the screen: their facts, and an audit of two made in a thread."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pilots import NARROW, WIDE, running, text_of, until
from snapshots import matches
from textual.pilot import Pilot

from tui.model.runs import Runs
from tui.model.workbench import Workbench
from tui.screens.runs import RunsScreen
from tui.widgets.empty import Empty
from tui.widgets.strips_pane import StripsPane


@pytest.fixture
def bench(make_desk: Any) -> Iterator[Workbench]:
    """Run r2 is worse than r1 by a tenth on every example; r3 came to no end."""
    desk = make_desk(40)
    runs = desk.recipe.parent / ".siftune/runs"
    shutil.copy(desk.recipe, runs / "r1/config.yaml")
    for day, (name, state, factor) in enumerate([("r2", "done", 1.1), ("r3", "failed", 1.0)], start=2):
        shutil.copytree(runs / "r1", runs / name)
        info = json.loads((runs / name / "run.json").read_bytes())
        info |= {"run": name, "state": state, "started_at": f"2026-01-0{day}T00:00:00Z"}
        (runs / name / "run.json").write_text(json.dumps(info), encoding="utf-8")
        path = runs / name / "losses.parquet"
        losses = pq.read_table(path)
        for column in ("loss", "nll_sum"):
            at = losses.schema.get_field_index(column)
            worse = pc.multiply(losses[column], pa.scalar(factor))
            losses = losses.set_column(at, column, worse)
        pq.write_table(losses, path)
    with desk.bench() as opened:
        yield opened


async def shown(pilot: Pilot[int]) -> Runs:
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen))
    screen = pilot.app.screen
    assert isinstance(screen, RunsScreen)
    await until(pilot, lambda: screen.listed is not None)
    assert screen.listed is not None
    return screen.listed


def message(pilot: Pilot[int]) -> str:
    return str(pilot.app.screen.query_one("#message").text)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_two_runs_are_compared_in_a_thread(bench: Workbench, size: tuple[int, int]) -> None:
    async with running(bench, size) as pilot:
        listed = await shown(pilot)
        assert [listed.line(at).split()[0] for at in range(len(listed))] == ["r3", "r2", "r1"]
        assert listed.done(0)
        await pilot.press("j")
        await until(pilot, lambda: "Run r2" in text_of(pilot, StripsPane))
        assert listed.audit is None
        await pilot.press("b")
        await until(pilot, lambda: listed.audit is not None)
        await until(pilot, lambda: "r1 → r2" in text_of(pilot, StripsPane))
        assert listed.audit is not None
        await matches(pilot, "runs-audit" if size == WIDE else "runs-audit-narrow")
        text = text_of(pilot, StripsPane)
        for _ in range(12):
            await pilot.press("J")
            text += text_of(pilot, StripsPane)
        assert "not enough evidence" in text, "without reruns nothing is called worse"
        assert "settings that differ" in text
        assert "losses of common examples" in text


async def test_a_marks_what_others_are_compared_with(bench: Workbench) -> None:
    async with running(bench) as pilot:
        listed = await shown(pilot)
        await pilot.press("G", "a")
        await until(pilot, lambda: listed.a == "r1")
        await pilot.press("b")
        await until(pilot, lambda: "this run is A" in message(pilot))
        await pilot.press("k", "enter")
        await until(pilot, lambda: listed.audit is not None)
        assert set(listed.audits) == {("r1", "r2")}
        await pilot.press("G", "a")
        await until(pilot, lambda: listed.a is None)
        await pilot.press("b")
        await until(pilot, lambda: "no run before it" in message(pilot))


async def test_what_cannot_be_compared_is_said(bench: Workbench) -> None:
    async with running(bench) as pilot:
        listed = await shown(pilot)
        await pilot.press("g", "b")
        await until(pilot, lambda: message(pilot).startswith("error:"))
        assert listed.audits == {}


async def test_no_run_is_said(make_desk: Any) -> None:
    with make_desk(run=False).bench() as bench:
        async with running(bench) as pilot:
            await shown(pilot)
            await until(pilot, lambda: "No run yet" in text_of(pilot, Empty))
            await pilot.press("a", "b", "j")
