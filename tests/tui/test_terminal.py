"""The program in a pseudo-terminal: what survives a kill, two at once, how fast it opens."""

import os
import signal
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal, terminal

from curate.journal import Journal

_CURATE = "from curate.cli import main; main()"


def review(recipe: Path, annotator: str = "ada", **variables: str) -> AbstractContextManager[Terminal]:
    command = [sys.executable, "-c", _CURATE, "review", "--recipe", str(recipe), "--as", annotator]
    return terminal(command, **variables)


def test_kill_loses_no_decision_that_was_shown(desk: Any) -> None:
    shown = 0
    for keys in ("aa", "xax", "a"):
        with review(desk.recipe) as ada:
            ada.wait_for(f" · {shown} today")
            for key in keys:
                ada.type(key)
                shown += 1
                ada.wait_for("kept" if key == "a" else "dropped")
                ada.wait_for(f"{12 - shown} left")
            os.kill(ada.process.pid, signal.SIGKILL)
        with Journal.open(desk.journal) as journal:
            assert len(journal.rulings()) == shown


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_two_annotators_decide_at_once(make_desk: Any, store: str, request: pytest.FixtureRequest) -> None:
    desk = make_desk(40)
    where = str(desk.journal) if store == "sqlite" else request.getfixturevalue("postgres_url")
    with (
        review(desk.recipe, "ada", SIFTUNE_JOURNAL=where) as ada,
        review(desk.recipe, "bob", SIFTUNE_JOURNAL=where) as bob,
    ):
        for one in (ada, bob):
            one.wait_for("40 left")
        for _ in range(5):
            ada.type("aaaa")
            bob.type("xxxx")
        for one in (ada, bob):
            one.wait_for("20 left", 30)
            one.wait_for("team 20/40", 30)
    with Journal.open(where) as journal:
        decided = [(d.annotator, d.verdict) for d in journal.decisions()]
        in_conflict = [ruling.disagreement for ruling in journal.rulings().values()]
    assert decided.count(("ada", "keep")) == decided.count(("bob", "drop")) == 20
    assert len(decided) == 40
    assert in_conflict == [True] * 20


@pytest.mark.slow
def test_a_hundred_thousand_rows_open_at_once(make_desk: Any, plain_examples: Any) -> None:
    desk = make_desk(examples=plain_examples(100_000), tokens=False)
    start = time.monotonic()
    with review(desk.recipe) as ada:
        ada.wait_for("1/100,000", seconds=60)
        opened = time.monotonic() - start
        ada.type("G")
        ada.wait_for("100,000/100,000")
        ada.type("a")
        ada.wait_for("kept")
    assert opened < 15, "a DataTable takes longer than this; the list should take about a second"
