"""A person's own keys: they act and are shown; what is wrong of them is said before the screen opens."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pilots import running, shown, until

from schemas.errors import UsageError
from tui.actions.keymap import registry_of, usual_path
from tui.actions.registry import Registry
from tui.guide import guide
from tui.plain import review_plain
from tui.widgets.bars import KeyBar


@pytest.fixture
def keys(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "keys.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


async def test_two_actions_change_their_keys(bench: Any, keys: Any) -> None:
    registry = registry_of(keys('keep = "x"\ndrop = ["a", "f12"]\nfind = ","\n'))
    async with running(bench, registry=registry) as pilot:
        await pilot.press("x", "a", "f12")
        await until(pilot, lambda: len(bench.review.verdicts.journal.decisions()) == 3)
        assert [d.verdict for d in bench.review.verdicts.journal.decisions()] == ["keep", "drop", "drop"]
        await pilot.press("slash")
        assert not pilot.app.screen.asking
        await pilot.press("comma")
        await until(pilot, lambda: pilot.app.screen.asking)
        await pilot.press("escape")
        footer = pilot.app.screen.query_one(KeyBar).render_line(0).text
        assert footer.startswith("  x keep  a drop")
        assert "x      Keep this example: no filter will drop it." in dict(guide(registry))["Keys"]


async def test_an_action_of_two_keys_acts_once_by_its_new_one(bench: Any, keys: Any) -> None:
    async with running(bench, registry=registry_of(keys('down = "J"\nread_on = "j"\n'))) as pilot:
        await pilot.press("J", "j", "down")
        await until(pilot, lambda: bench.review.place.position == 1)
        await pilot.press("J")
        await until(pilot, lambda: bench.review.place.position == 2)


async def test_sheets_have_their_own_keys_and_show_them(bench: Any, keys: Any) -> None:
    registry = registry_of(
        keys('bulk_drop = "d"\npicker_close = "f9"\neditor_save = "f3"\nprompt_close = "f4"')
    )
    async with running(bench, registry=registry) as pilot:
        review = pilot.app.screen
        for opened, there in (("Q", "F9 closes"), ("e", "F3 save")):
            await pilot.press(opened)
            await until(pilot, lambda there=there: there in shown(pilot))
            await pilot.press("f9" if opened == "Q" else "escape")
            await until(pilot, lambda: pilot.app.screen is review)
        await pilot.press("X")
        await until(pilot, lambda: pilot.app.screen.asking)
        await pilot.press("a", "f4")
        await until(pilot, lambda: not pilot.app.screen.asking)
        assert bench.review.verdicts.journal.decisions() == []
        await pilot.press("b")
        await until(pilot, lambda: "d      drop" in shown(pilot))
        await pilot.press("x", "d")
        await until(pilot, lambda: len(bench.review.verdicts.journal.decisions()) == 12)
        assert {d.verdict for d in bench.review.verdicts.journal.decisions()} == {"drop"}


def test_line_mode_takes_them_too(bench: Any, keys: Any) -> None:
    review_plain(bench, ["y", "quit"], io.StringIO(), registry_of(keys('keep = "y"\ncopy_id = "Y"\n')))
    assert [d.verdict for d in bench.review.verdicts.journal.decisions()] == ["keep"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('kep = "y"', "no action is called 'kep', did you mean 'keep'?"),
        ('keep = "x"', "'keep' and 'drop' have the key 'x'"),
        ('keep = "ctrl+s"', "'keep' has the key 'ctrl+s', which terminals do not deliver"),
        ('keep = "alt+k"', "'keep' has the key 'alt+k', which terminals do not deliver"),
        ('keep = "ctrl+?"', "'keep' has the key 'ctrl+?', which is none"),
        ('keep = "meta"', "'keep' has the key 'meta', which is none"),
        ("keep = 5", "'keep' needs a key or a list of keys"),
        ('bulk_keep = "x"', "'bulk_keep' and 'bulk_drop' have the key 'x'"),
        ('picker_remove = "j"', "'picker_remove' and 'sheet_down' have the key 'j'"),
        ('editor_save = "s"', "'editor_save' has the key 's', which is text where it would act"),
        ('prompt_close = "backspace"', "'prompt_close' has the key 'backspace', which is text"),
        ("keep = []", "'keep' needs a key or a list of keys"),
        ('keep "y"', "not TOML"),
    ],
)
def test_what_is_wrong_is_said(keys: Any, text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        registry_of(keys(text))
    assert said in raised.value.problem
    assert "keys.toml" in raised.value.problem


def test_all_that_is_wrong_is_said_at_once(keys: Any) -> None:
    with pytest.raises(UsageError, match=r"'kep'.*'drp'"):
        registry_of(keys('kep = "y"\ndrp = "z"'))


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert usual_path() == tmp_path / "siftune" / "keys.toml"
    assert registry_of() == Registry()
    with pytest.raises(UsageError, match="cannot be read"):
        registry_of(tmp_path / "none.toml")


def test_the_command_says_it_in_two_lines(desk: Any, keys: Any) -> None:
    command = "import sys; sys.argv[0] = 'curate'; from curate.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "review", "--recipe", desk.recipe, "--keys", keys('keep = "x"')],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "'keep' and 'drop' have the key 'x'" in done.stderr


def test_the_example_of_the_docs_is_sound(keys: Any) -> None:
    page = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    assert len(registry_of(keys(example)).remapped) == 3
