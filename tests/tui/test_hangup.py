"""The terminal goes away: the program ends by itself, and what was being typed is there again."""

import os
import signal
import sys
from typing import Any

import pytest
from terminal import terminal

from curate.journal import Journal

_CURATE = "from curate.cli import main; main()"


@pytest.mark.parametrize("how", ["closed", "SIGHUP"])
def test_what_was_being_typed_is_kept(desk: Any, how: str) -> None:
    command = [sys.executable, "-c", _CURATE, "review", "--recipe", str(desk.recipe), "--as", "ada"]
    drafts = desk.recipe.parent / ".siftune" / "drafts"
    with terminal(command) as ada:
        ada.wait_for("12 left")
        ada.type("e")
        ada.wait_for("leave without saving")
        ada.type("Not yet. ")
        ada.wait_for("Not yet. ")
        if how == "closed":
            ada.hang_up()
        else:
            os.kill(ada.process.pid, signal.SIGHUP)
        assert ada.process.wait(60) == 128 + signal.SIGHUP
    (kept,) = drafts.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    with terminal(command) as ada:
        ada.wait_for("12 left")
        ada.type("e")
        ada.wait_for("taken up again")
        ada.wait_for("Not yet. ")
        ada.type("\x0f")
        ada.wait_for("11 left")
    assert not list(drafts.iterdir())
    with Journal.open(desk.journal) as journal:
        (decision,) = journal.decisions()
    assert decision.verdict == "edit"
    assert "Not yet. " in decision.messages[-1].content
