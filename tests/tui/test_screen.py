"""The review driven by keys, judged by the review's state and the journal."""

from typing import Any

import pytest
from pilots import NARROW, WIDE, running, text_of, until
from textual.pilot import Pilot

from curate.journal import Journal
from schemas.errors import JournalError
from tui.model.tokens import TokenNote
from tui.widgets.bars import MessageBar
from tui.widgets.conversation_pane import ConversationPane
from tui.widgets.editor import Editor, MessageArea
from tui.widgets.list_pane import ListPane
from tui.widgets.picker import Picker
from tui.widgets.prompt_line import LineInput, PromptLine
from tui.widgets.reader import Reader


async def type_line(pilot: Pilot[int], text: str) -> None:
    """Into the prompt, which is open when this returns control and closed when it ends."""
    prompt = pilot.app.screen.query_one(PromptLine)
    await until(pilot, lambda: prompt.open and pilot.app.focused is not None)
    await pilot.press(*(_KEYS.get(c, c) for c in text), "enter")
    await until(pilot, lambda: not prompt.open)


_KEYS = {" ": "space", ":": "colon", "-": "minus"}


def message(pilot: Pilot[int]) -> str:
    return pilot.app.screen.query_one(MessageBar).text


def journal(bench: Any) -> list[tuple[str, str | None, int | None]]:
    return [(d.verdict, d.reason, d.undoes) for d in bench.review.verdicts.journal.decisions()]


@pytest.mark.parametrize(
    ("keys", "rows", "position"),
    [
        (["a"], [("keep", None, None)], 1),
        (["x"], [("drop", None, None)], 1),
        (["space"], [("skip", None, None)], 1),
        (["x", "full_stop"], [("drop", None, None)] * 2, 2),
        (["x", "u"], [("drop", None, None), ("drop", None, 1)], 0),
        (["x", "u", "ctrl+r"], [("drop", None, None), ("drop", None, 1), ("drop", None, None)], 0),
        (["j", "j", "k"], [], 1),
        (["down", "down", "up"], [], 1),
        (["G"], [], 11),
        (["end", "home"], [], 0),
        (["G", "g"], [], 0),
        (["ctrl+d"], [], 11),
        (["G", "ctrl+u"], [], 0),
        (["a", "g", "n"], [("keep", None, None)], 1),
        (["a", "j", "N"], [("keep", None, None)], 1),
    ],
    ids=lambda value: (
        "-".join(value) if isinstance(value, list) and value and isinstance(value[0], str) else ""
    ),
)
async def test_keys(bench: Any, keys: list[str], rows: list[Any], position: int) -> None:
    async with running(bench) as pilot:
        await pilot.press(*keys)
        await until(pilot, lambda: bench.review.place.position == position)
        assert journal(bench) == rows


async def test_all_panes_change_in_the_step_that_decides(bench: Any) -> None:
    async with running(bench) as pilot:
        pilot.app.screen.action_drop()
        shown = bench.review.example
        assert shown.prompt in text_of(pilot, ConversationPane)
        lines = text_of(pilot, ListPane).splitlines()
        assert lines[0].startswith(" D")
        assert lines[1].startswith("▌")
        assert message(pilot) == "dropped"


async def test_drop_with_reason(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("X")
        await type_line(pilot, "wrong answer")
        assert journal(bench) == [("drop", "wrong answer", None)]


async def test_escape_leaves_the_prompt_without_deciding(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("X")
        prompt = pilot.app.screen.query_one(PromptLine)
        await until(pilot, lambda: prompt.open)
        await pilot.press("w", "down", "escape")
        await until(pilot, lambda: not prompt.open)
        assert bench.review.place.position == 0
        await pilot.press("a")
        await until(pilot, lambda: len(journal(bench)) == 1)
        assert journal(bench) == [("keep", None, None)]


async def test_flag_with_note(bench: Any) -> None:
    async with running(bench) as pilot:
        row = bench.review.place.row
        await pilot.press("f")
        await type_line(pilot, "ask")
        assert bench.review.verdicts.flag(row).note == "ask"
        assert bench.review.place.row == row
        assert text_of(pilot, ListPane).startswith("▌-!")


async def test_filter_and_back(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("slash")
        await type_line(pilot, "flag:contra")
        flagged = len(bench.review.place)
        assert 0 < flagged < 12
        assert text_of(pilot, ListPane).count("Where is order") == flagged
        await pilot.press("slash")
        await until(pilot, lambda: pilot.app.focused is not None)
        await pilot.press("ctrl+u", "enter")
        await until(pilot, lambda: len(bench.review.place) == 12)


async def test_a_wrong_filter_is_explained(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("slash")
        await type_line(pilot, "flg:x")
        assert message(pilot).startswith("error: no filter is called flg:")
        assert len(bench.review.place) == 12


async def test_an_empty_list_says_what_to_press(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("slash")
        await type_line(pilot, "nobody")
        assert "/  another filter" in text_of(pilot, ListPane)
        await pilot.press("a", "x", "space", "e", "i", "y", "u", "j", "G", "ctrl+d", "J")
        assert journal(bench) == []
        await pilot.press("Q")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker))
        await pilot.press("j", "enter")
        await until(pilot, lambda: bench.review.queue.name == "gain")


async def test_edit_and_save(bench: Any) -> None:
    async with running(bench) as pilot:
        row = bench.review.place.row
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Editor) and pilot.app.focused is not None)
        await pilot.press("H", "i", "space", "f2")
        await until(pilot, lambda: len(journal(bench)) == 1)
        decision = bench.review.verdicts.current(row)
        assert [m.role for m in decision.messages] == ["user", "assistant"]
        assert decision.messages[1].content.startswith("Hi Order")


async def test_edit_and_leave(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Editor) and pilot.app.focused is not None)
        await pilot.press("H", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Editor))
        assert journal(bench) == []


async def test_pasted_control_characters_are_written_out(bench: Any) -> None:
    from textual import events

    async with running(bench) as pilot:
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.focused, MessageArea))
        area = pilot.app.focused
        area.post_message(events.Paste("\x1b[2J"))
        await until(pilot, lambda: "⟨U+001B⟩[2J" in area.text)
        assert area.message.content.startswith("\x1b[2J")


async def test_a_pasted_reason_is_shown_safely(bench: Any) -> None:
    from textual import events

    async with running(bench) as pilot:
        await pilot.press("X")
        await until(pilot, lambda: isinstance(pilot.app.focused, LineInput))
        pilot.app.focused.post_message(events.Paste("bad\x1b[2J"))
        await until(pilot, lambda: pilot.app.focused.value == "bad␛[2J")
        await pilot.press("enter")
        await until(pilot, lambda: len(journal(bench)) == 1)
        assert journal(bench) == [("drop", "bad␛[2J", None)]


@pytest.mark.parametrize(("key", "words"), [("question_mark", "Keep this example"), ("i", "Decisions")])
async def test_pages(bench: Any, key: str, words: str) -> None:
    async with running(bench) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Reader))
        sections = [line for heading, lines in pilot.app.screen._sections for line in (heading, *lines)]
        assert any(words in line for line in sections)
        await pilot.press("j", "ctrl+d", "k", "ctrl+u", "a", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Reader))
        assert journal(bench) == []


async def test_copy_id(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("y")
        assert pilot.app.clipboard == bench.review.corpus.id_of(bench.review.place.row)


async def test_quit_returns_zero(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.press("q")
        await until(pilot, lambda: not pilot.app.is_running)
        assert pilot.app.return_value == 0


async def test_a_click_goes_to_the_line(bench: Any) -> None:
    async with running(bench) as pilot:
        await pilot.click(ListPane, offset=(10, 4))
        await until(pilot, lambda: bench.review.place.position == 4)


async def test_a_locked_journal_is_said_and_nothing_moves(bench: Any, desk: Any) -> None:
    bench.review.verdicts.journal._store._connection.set_busy_timeout(10)
    other = Journal.open(desk.journal)
    other._store._connection.execute("BEGIN IMMEDIATE")
    async with running(bench) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: message(pilot) != "")
        assert "locked" in message(pilot)
        assert bench.review.place.position == 0
        other._store._connection.execute("ROLLBACK")
        await pilot.press("a")
        await until(pilot, lambda: bench.review.place.position == 1)
    other.close()
    assert JournalError.exit_code == 3


async def test_shades_differ_without_colour(bench: Any) -> None:
    async with running(bench) as pilot:
        pane = pilot.app.screen.query_one(ConversationPane)
        line = next(y for y in range(40) if "left our shop" in pane.render_line(y).text)
        looks = {
            (s.style.bold, s.style.underline, s.style.reverse) for s in pane.render_line(line) if s.style
        }
        assert len(looks) == 4
        assert "≥ 50 %" in text_of(pilot, ConversationPane)


async def test_without_token_losses_the_pane_says_why(make_desk: Any) -> None:
    with make_desk(tokens=False).bench() as bench:
        async with running(bench) as pilot:
            assert "token losses not shown: the run has no" in text_of(pilot, ConversationPane)
            assert isinstance(bench.tokens.spans(bench.review.example), TokenNote)


async def test_a_small_terminal_shows_all_that_is_needed(bench: Any) -> None:
    async with running(bench, NARROW) as pilot:
        await until(pilot, lambda: "Where is order" in text_of(pilot, ListPane))
        assert "assistant" in text_of(pilot, ConversationPane)
        await pilot.press("J")
        await until(pilot, lambda: "left our shop" in text_of(pilot, ConversationPane))
        await pilot.press("K")
        await until(pilot, lambda: "user" in text_of(pilot, ConversationPane))
        await pilot.resize_terminal(*WIDE)
        await until(pilot, lambda: "left our shop" in text_of(pilot, ConversationPane))


async def test_an_empty_version_opens(make_desk: Any) -> None:
    with make_desk(examples=[], run=False).bench() as bench:
        async with running(bench) as pilot:
            assert "Nothing in this list" in text_of(pilot, ListPane)
            await pilot.press("a", "u", "b", "c", "v", "asterisk", "E", "1", "j", "n")
            assert journal(bench) == []


async def test_no_color_is_legible(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(bench) as pilot:
        app = pilot.app
        assert app.no_color
        for strip in app.screen._compositor.render_strips():
            for segment in strip.apply_filter(app._filters[-1], app.screen.background_colors[1]):
                if segment.text.strip(" ▌▕▁▂▃▄▅▆▇█") and segment.style:
                    ink, paper = segment.style.color.triplet, segment.style.bgcolor.triplet
                    assert ink is not None
                    assert paper is not None
                    assert max(abs(a - b) for a, b in zip(ink, paper, strict=True)) > 60, segment
