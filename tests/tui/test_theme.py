"""Every theme can be read, with colours and without; hints come once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from decided import decide
from pilots import until
from rich.style import Style
from textual.pilot import Pilot

from curate.cli.reviewing import review
from tui import theme
from tui.actions.registry import Registry
from tui.app import ReviewApp
from tui.catalogue import SCREENS
from tui.colours import DEFAULT, THEMES
from tui.hints import Hints
from tui.widgets.bars import MessageBar

_AA, _AAA = 4.5, 7.0


@pytest.fixture(params=THEMES)
def worn(request: pytest.FixtureRequest) -> Iterator[str]:
    theme.wear(request.param)
    yield request.param
    theme.wear(DEFAULT)


def styles() -> dict[str, Style]:
    single = {name: look for name, look in vars(theme).items() if isinstance(look, Style)}
    shades = {f"shade {i}": look for i, look in enumerate(theme.SHADES)}
    return single | shades | dict(theme.ROLE)


def luminance(colour: Any) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [part / 255 for part in colour.triplet]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_can_be_told_from_its_ground(worn: str) -> None:
    least = _AAA if worn == "contrast" else _AA
    for name, look in styles().items():
        low, high = sorted((luminance(look.color), luminance(look.bgcolor)))
        assert (high + 0.05) / (low + 0.05) >= least, name


def test_no_state_is_told_by_colour_alone(worn: str) -> None:
    del worn
    looks = [(s.bold, s.underline, s.reverse) for s in theme.SHADES]
    assert len(set(looks)) == len(looks)
    for one, other in (
        (theme.REMOVED, theme.PLAIN),
        (theme.ADDED, theme.REMOVED),
        (theme.FOUND, theme.ADDED),
    ):
        assert (one.bold, one.underline, one.italic) != (other.bold, other.underline, other.italic)


@pytest.mark.parametrize("name", THEMES)
async def test_a_theme_is_worn_without_colours_too(
    bench: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ReviewApp(bench, colours=name)
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            legible(app)
    finally:
        theme.wear(DEFAULT)


async def test_every_screen_is_legible_without_colours(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with decide(desk).bench("ada") as bench:
        app = ReviewApp(bench)
        async with app.run_test(size=(60, 16)) as pilot:
            for entry in SCREENS:
                await pilot.press(entry.key)
                await until(pilot, lambda name=entry.name: name == app.screen.NAME and at_rest(app))
                await pilot.pause()
                legible(app)


def at_rest(app: ReviewApp) -> bool:
    return all(worker.is_finished for worker in app.workers)


def legible(app: ReviewApp) -> None:
    for strip in app.screen._compositor.render_strips():
        for segment in strip.apply_filter(app._filters[-1], app.screen.background_colors[1]):
            if segment.text.strip(" ▌▕▁▂▃▄▅▆▇█") and segment.style:
                ink, paper = segment.style.color.triplet, segment.style.bgcolor.triplet
                assert max(abs(a - b) for a, b in zip(ink, paper, strict=True)) > 60, segment


def test_the_command_knows_the_themes() -> None:
    option = next(option for option in review.params if option.name == "theme")
    assert list(option.type.choices) == list(THEMES)
    assert CliRunner().invoke(review, ["--theme", "pink"]).exit_code == 2


def said(pilot: Pilot[int]) -> str:
    return pilot.app.screen.query_one(MessageBar).text


async def test_hints_come_once(bench: Any, tmp_path: Path) -> None:
    for often in range(2):
        app = ReviewApp(bench, hints=Hints(tmp_path / "state" / "seen"))
        async with app.run_test() as pilot:
            await until(pilot, lambda: pilot.app.screen.is_mounted)
            expected = "? lists all keys, o all screens, ^p finds both" if often == 0 else ""
            await until(pilot, lambda expected=expected: said(pilot) == expected)
            await pilot.press("j")
            await until(pilot, lambda: said(pilot) == "")
            await pilot.press("f11")
            about = "All decisions, the latest first" if often == 0 else ""
            await until(pilot, lambda about=about: said(pilot).startswith(about) and "…" not in said(pilot))


def test_hints_survive_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    hints = Hints(tmp_path / "file" / "seen")
    assert hints.first("review", Registry()) == hints.first("review", Registry()) != ""
