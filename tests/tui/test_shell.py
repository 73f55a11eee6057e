"""What every screen has: palette, list of screens, the way back, and what holds while a line is asked."""

from typing import Any

from pilots import running, shown, until
from textual.command import CommandPalette
from textual.events import Key

from tui.widgets.jump import Jump
from tui.widgets.prompt_line import PromptLine
from tui.widgets.reader import Reader


def verdicts(bench: Any) -> list[str]:
    return [d.verdict for d in bench.review.verdicts.journal.decisions()]


async def test_the_palette_carries_out_what_it_finds(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        await pilot.press(*"drop")
        found = pilot.app.screen.query_one("CommandList")
        await until(pilot, lambda: found.option_count == 3 and found.highlighted == 0)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, CommandPalette))
        await until(pilot, lambda: verdicts(bench) == ["drop"])


async def find(pilot: Any, text: str, options: int) -> None:
    """Types it into the palette, and takes the first of what it finds."""
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
    await pilot.press(*text)
    found = pilot.app.screen.query_one("CommandList")
    await until(pilot, lambda: found.option_count == options and found.highlighted == 0)
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(pilot.app.screen, CommandPalette))


async def test_the_palette_opens_queues_and_saved_views_from_any_screen(bench: Any) -> None:
    bench.review.filter("flag:contra")
    bench.review.save_view("odd ones")
    bench.review.filter("")
    async with running(bench) as pilot:
        review = pilot.app.screen
        await find(pilot, "queue random", 1)
        await until(pilot, lambda: bench.review.queue.name == "random")
        assert "queue random" in shown(pilot)
        await pilot.press("f11")
        await until(pilot, lambda: pilot.app.screen is not review)
        await find(pilot, "view odd", 1)
        await until(pilot, lambda: pilot.app.screen is review)
        assert (bench.review.queue.name, bench.review.filter_text) == ("loss", "flag:contra")
        await until(pilot, lambda: "1/3" in shown(pilot))


async def test_the_palette_closes_the_question(bench: Any) -> None:
    async with running(bench) as pilot:
        review = pilot.app.screen
        await pilot.press("X")
        await until(pilot, lambda: review.asking)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        assert not review.query_one(PromptLine).open
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is review)
        assert verdicts(bench) == []


async def test_only_ctrl_escape_and_f_keys_act_in_a_field(bench: Any) -> None:
    async with running(bench) as pilot:
        review = pilot.app.screen
        await pilot.press("slash")
        await until(pilot, lambda: review.asking)
        await pilot.press("a", "x", "u", "question_mark", "o", "q", "colon", "ctrl+r", "down", "end")
        assert pilot.app.focused.value == "axu?oq:"
        assert pilot.app.screen is review
        assert verdicts(bench) == []


async def test_the_list_of_screens(bench: Any) -> None:
    async with running(bench) as pilot:
        review = pilot.app.screen
        for key in ("r", "z"):
            await pilot.press("o")
            await until(pilot, lambda: isinstance(pilot.app.screen, Jump))
            await pilot.press(key)
            await until(pilot, lambda: pilot.app.screen is review)


async def test_help_is_of_the_keys_in_force(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, Reader))
        keys = dict(pilot.app.screen._sections)["Keys"]
        assert "F2     The review queue: read an example, decide on it." in keys


async def test_what_is_closed_twice_takes_nothing_else_with_it(bench: Any) -> None:
    async with running(bench) as pilot:
        review = pilot.app.screen
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, Reader))
        reader = pilot.app.screen
        reader.dismiss()
        reader.dismiss()
        await until(pilot, lambda: pilot.app.screen is review)
        assert pilot.app.screen_stack == [review]


async def test_keys_of_an_answer_act_in_their_order_however_fast(bench: Any) -> None:
    async with running(bench) as pilot:
        review = pilot.app.screen
        await pilot.press("slash", "z")
        await until(pilot, lambda: pilot.app.focused.value == "z")
        for key in ("ctrl+u", *"ordex", "backspace", "r", "enter", "j", "j"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: not review.asking)
        assert bench.review.filter_text == "order"
