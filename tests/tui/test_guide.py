"""Help, footer and docs say what the registry says."""

import runpy
from pathlib import Path

import pytest

from tui.actions.registry import Registry
from tui.catalogue import FIRST, SCREENS
from tui.model.filters import FILTER_HELP, Filter
from tui.widgets.bars import key_line

ROOT = Path(__file__).parents[2]


def footer(name: str) -> list[tuple[str, str]]:
    return [(action.shown, action.label) for action in Registry().footer(name)]


def test_the_docs_are_in_step() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "keys.py"))["page"]()
    assert (ROOT / "docs" / "review.md").read_text(encoding="utf-8") == made, "run python docs/keys.py"


def test_every_filter_in_the_help_is_understood() -> None:
    for term, _ in FILTER_HELP:
        assert Filter.parse(term) != Filter()


def test_the_footer_of_the_review_fits_a_small_terminal() -> None:
    shown = "".join(f" {key} {does}" for key, does in footer(FIRST))
    assert len(shown) <= 60


@pytest.mark.parametrize("name", [entry.name for entry in SCREENS])
def test_help_and_quit_stay_in_any_footer(name: str) -> None:
    for width in (30, 60, 120):
        line = key_line(footer(name), width).text
        assert line.rstrip().endswith("? help  q quit" if width > 72 else "? help q quit")
        assert len(line) == width


@pytest.mark.parametrize("name", [entry.name for entry in SCREENS])
def test_the_docs_have_a_picture_of_each_screen(name: str) -> None:
    picture = (ROOT / "docs" / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
    assert f"curate&#160;review:&#160;{name}" in picture, "make demo, then python docs/picture.py demo"
