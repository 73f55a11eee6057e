"""`E` in a real terminal: the editor gets it, what is saved is recorded, and no text is lost on the way."""

import sys
from pathlib import Path
from typing import Any

from terminal import terminal

from curate.journal import Journal

_CURATE = "from curate.cli import main; main()"
_EDITOR = """#!/bin/sh
echo "EDITOR HAS THE TERMINAL"
case "$(cat {state})" in
  broken) sed -i 's/^====.*assistant$/==== nobody/; s/left our shop/is on its way/' "$1" ;;
  fails) sed -i 's/left our shop/is on its way/' "$1"; exit 3 ;;
  mends) sed -i 's/^==== nobody$/==== 2 assistant/' "$1" ;;
  looks) ;;
esac
"""


def test_edit_outside(desk: Any, tmp_path: Path) -> None:
    editor, state = tmp_path / "my editor", tmp_path / "state"
    editor.write_text(_EDITOR.format(state=state))
    editor.chmod(0o755)
    drafts = desk.recipe.parent / ".siftune" / "drafts"
    command = [sys.executable, "-c", _CURATE, "review", "--recipe", str(desk.recipe), "--as", "ada"]
    with terminal(command, VISUAL=f"'{editor}'") as ada:
        ada.wait_for("12 left")
        for number, (does, said) in enumerate(
            (
                ("looks", "nothing changed"),
                ("fails", "ended with 3, so nothing was recorded"),
                ("looks", "edited"),
                ("broken", "opens no message"),
                ("mends", "edited"),
            ),
            start=1,
        ):
            state.write_text(does)
            ada.type("E")
            ada.wait_for_written("EDITOR HAS THE TERMINAL", number)
            ada.wait_for(said)
            kept = list(drafts.glob("*.txt"))
            assert len(kept) == (said not in ("edited", "nothing changed"))
            assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
        ada.wait_for("10 left")
        editor.unlink()
        ada.type("E")
        ada.wait_for("error: my editor cannot be started (No such file or directory)")
        ada.type("a")
        ada.wait_for("9 left")
    with Journal.open(desk.journal) as journal:
        decisions = journal.decisions()
    assert [d.verdict for d in decisions] == ["edit", "edit", "keep"]
    assert all("is on its way" in d.messages[-1].content for d in decisions[:2])
