"""Help, footer and docs say what the registry says."""

import runpy
from pathlib import Path

from tui.actions import ACTIONS
from tui.model.filters import FILTER_HELP, Filter
from tui.widgets.bars import KeyBar

ROOT = Path(__file__).parents[2]


def test_the_docs_are_in_step() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "keys.py"))["page"]()
    assert (ROOT / "docs" / "review.md").read_text(encoding="utf-8") == made, "run python docs/keys.py"


def test_every_filter_in_the_help_is_understood() -> None:
    for term, _ in FILTER_HELP:
        assert Filter.parse(term) != Filter()


def test_the_footer_fits_a_small_terminal() -> None:
    shown = "".join(f" {a.shown} {a.label}" for a in ACTIONS if a.footer)
    assert len(shown) <= 60
    assert KeyBar.can_focus is False
