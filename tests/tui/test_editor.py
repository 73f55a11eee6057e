"""The editor in place: what it shows of a message beside its text, and what it gives back."""

import json
from typing import Any

from pilots import running, shown, until

from schemas.example import Example, Message, hash_messages
from tui.widgets.editor import Editor

CALLS = json.dumps([{"function": {"name": "find_order", "arguments": {"number": 7, "note": "a\u202eb"}}}])


async def test_tool_calls_are_shown_and_stay_as_they_are(make_desk: Any) -> None:
    turns = (
        Message("user", "Where is order 7?"),
        Message("assistant", "Let me look.", tool_calls=CALLS),
        Message("tool", '{"at": "Oslo"}', name="find_order"),
        Message("assistant", "It is in Oslo."),
    )
    desk = make_desk(examples=[Example(hash_messages(turns), turns, "raw/a.jsonl", 1, split="train")])
    with desk.bench() as bench:
        async with running(bench) as pilot:
            await pilot.press("e")
            await until(pilot, lambda: isinstance(pilot.app.screen, Editor) and pilot.app.focused is not None)
            text = shown(pilot)
            assert 'calls find_order(number=7, note="a⟨U+202E⟩b"); they stay as they are' in text
            assert text.count("they stay as they are") == 1
            await pilot.press("shift+tab", "shift+tab", "S", "o", "space", "f2")
            await until(pilot, lambda: bench.review.verdicts.current(0) is not None)
        written = bench.review.verdicts.journal.decisions()[-1].messages
    assert written is not None
    assert [message.tool_calls for message in written] == [None, CALLS, None, None]
    assert written[1].content == "So Let me look."
