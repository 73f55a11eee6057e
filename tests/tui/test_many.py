"""Many decisions written in steps: keys are answered meanwhile, a stop or a crash leaves what one undo takes
back, and nothing comes between."""

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from pilots import running, until
from terminal import terminal

from curate.journal import Journal
from schemas.errors import JournalError, UsageError
from tui.model import many
from tui.screens import undoing
from tui.widgets.bars import MessageBar
from tui.widgets.bulk_sheet import BulkSheet


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "CHUNK", 2)
    monkeypatch.setattr(undoing, "CHUNK", 2)


def verdicts(bench: Any) -> list[str]:
    return [d.verdict for d in bench.review.verdicts.journal.decisions() if d.undoes is None]


def in_force(bench: Any) -> int:
    return len(bench.review.verdicts.journal.rulings())


def test_each_step_is_written_when_it_returns_and_all_are_one_undo(desk: Any) -> None:
    with desk.bench() as bench:
        review = bench.review
        steps = review.deciding_all(review.selection, "drop", "spam")
        for written in (2, 4, 6):
            assert steps.step()
            assert in_force(bench) == steps.written == written
        assert steps.end().says == "stopped: 6 of 12 dropped: spam; u undoes all of them"
        assert review.progress.left == 6
    with desk.bench() as bench:
        assert bench.review.undo().says == "undone: 6 dropped: spam"
        assert in_force(bench) == 0
        assert bench.review.redo().says == "redone: 6 dropped: spam"
        assert in_force(bench) == 6


def test_a_stop_keeps_the_marks_of_those_that_are_left(bench: Any) -> None:
    review = bench.review
    review.marks.mark(review.place.order[:5])
    steps = review.labelling_all(review.selection, "unsafe")
    steps.step()
    steps.end()
    assert review.marks.count == 3
    review.label_all(review.selection, "unsafe")
    assert review.marks.count == 0
    assert [d.labels for d in review.verdicts.journal.decisions()] == [("unsafe",)] * 5
    assert len({d.example_id for d in review.verdicts.journal.decisions()}) == 5


def test_nothing_else_is_written_meanwhile(bench: Any) -> None:
    review = bench.review
    steps = review.deciding_all(review.selection, "keep")
    steps.step()
    for act in (
        lambda: review.decide("drop"),
        review.undo,
        lambda: review.label("unsafe"),
        lambda: review.decide_all(review.selection, "drop"),
    ):
        with pytest.raises(UsageError, match="many examples are being decided"):
            act()
    assert verdicts(bench) == ["keep", "keep"]
    steps.run()
    assert verdicts(bench) == ["keep"] * 12
    review.undo()
    assert in_force(bench) == 0


def test_what_cannot_be_written_leaves_what_was(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    review = bench.review
    journal = review.verdicts.journal
    append, calls = journal.append_batch, []

    def fail(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 3:
            raise JournalError("the disk is full", "make room")
        return append(*given)

    monkeypatch.setattr(journal, "append_batch", fail)
    with pytest.raises(JournalError, match="the disk is full"):
        review.decide_all(review.selection, "drop")
    assert in_force(bench) == 4
    review.decide("keep")
    review.undo()
    review.undo()
    assert in_force(bench) == 0


def test_an_undo_that_is_stopped_goes_on_with_the_next(bench: Any) -> None:
    review = bench.review
    review.decide_all(review.selection, "drop")
    steps = review.undoing()
    steps.step()
    assert steps.end().says.startswith("undone: 2 of 12 dropped")
    assert in_force(bench) == 10
    assert review.undo().says.startswith("undone: 10 dropped")
    assert in_force(bench) == 0


async def test_keys_act_meanwhile_and_escape_stops(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "_BREATH_S", 0.1)
    async with running(bench) as pilot:
        review = bench.review
        said = pilot.app.screen.query_one(MessageBar)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, BulkSheet))
        await pilot.press("x")
        await until(pilot, lambda: " of 12 · esc stops it" in said.text)
        await pilot.press("G")
        await until(pilot, lambda: review.place.position == 11)
        assert in_force(bench) < 12
        await pilot.press("a")
        assert "keep" not in verdicts(bench)
        await pilot.press("escape")
        await until(pilot, lambda: said.text.startswith("stopped: "))
        assert 0 < in_force(bench) < 12
        await pilot.press("u")
        await until(pilot, lambda: said.text.startswith("undone: "))
        assert in_force(bench) == 0
        await pilot.press("a")
        await until(pilot, lambda: verdicts(bench)[-1] == "keep")


async def test_another_screen_undoes_in_steps_too(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.review.decide_all(bench.review.selection, "drop", "spam")
    monkeypatch.setattr(undoing, "_BREATH_S", 0.1)
    async with running(bench, first="journal") as pilot:
        screen: Any = pilot.app.screen
        said = screen.query_one(MessageBar)
        await until(pilot, lambda: screen.listed is not None and len(screen.listed) == 12)
        await pilot.press("u")
        await until(pilot, lambda: " of 12 · esc stops it" in said.text)
        await pilot.press("G")
        await until(pilot, lambda: screen.listed.cursor.position == 11)
        assert in_force(bench) > 0
        await pilot.press("escape")
        await until(pilot, lambda: said.text.startswith("undone: "))
        assert 0 < in_force(bench) < 12
        assert len(screen.listed) > 12
        await pilot.press("u")
        await until(pilot, lambda: in_force(bench) == 0)


async def test_an_error_on_the_way_is_said_with_how_far_it_came(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = bench.review.verdicts.journal
    append = journal.append_batch

    def fail(*given: Any) -> Any:
        if in_force(bench) == 4:
            raise JournalError("the disk is full", "make room")
        return append(*given)

    monkeypatch.setattr(journal, "append_batch", fail)
    async with running(bench) as pilot:
        said = pilot.app.screen.query_one(MessageBar)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, BulkSheet))
        await pilot.press("a")
        await until(pilot, lambda: "the disk is full; stopped: 4 of 12 kept" in said.text)
        assert said.text.startswith("error: ")


def test_a_kill_loses_nothing_that_was_said_to_be_written(make_desk: Any, plain_examples: Any) -> None:
    desk = make_desk(examples=plain_examples(4_000), tokens=False)
    command = "from curate.cli import main; main()"
    asked: list[str | Path] = [
        sys.executable,
        "-c",
        command,
        "review",
        "--recipe",
        desk.recipe,
        "--as",
        "ada",
    ]
    with terminal(list(map(str, asked))) as ada:
        ada.wait_for("4,000 left")
        ada.type("b")
        ada.wait_for("drop with reason")
        ada.type("x")
        ada.wait_for("of 4,000 · esc stops it")
        os.kill(ada.process.pid, signal.SIGKILL)
        ada.read(0.2)
        shown = next(line for line in ada.lines if "stops it" in line)
    written = int(re.findall(r"dropping: ([\d,]+) of", shown)[0].replace(",", ""))
    with Journal.open(desk.journal) as journal:
        found = journal.decisions()
    assert 0 < written <= len(found) < 4_000
    assert len({d.batch for d in found}) == 1
    with desk.bench() as bench:
        assert bench.review.progress.left == 4_000 - len(found)
        bench.review.undo()
        assert in_force(bench) == 0
