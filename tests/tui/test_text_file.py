"""The text file of an editor: whatever a conversation holds comes back as it was."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import UsageError
from schemas.example import Message
from schemas.visible import UNSAFE
from tui.model.text_file import as_text, from_text

TEXTS = st.text() | st.sampled_from(
    ("", "\n", "==== 1 user", "====\n=====", "a\n\n", "\x1b[2J\r\n\ud800", "⟨U+0041⟩", "======= user\n")
)
MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from(("user", "assistant", "tool")),
        TEXTS,
        name=st.none() | st.text(),
        tool_calls=st.none() | st.just("[]"),
    ),
    min_size=1,
    max_size=5,
)


@given(MESSAGES)
def test_a_file_that_nobody_touched_changes_nothing(messages: list[Message]) -> None:
    assert from_text(as_text(messages), messages) == tuple(messages)


@given(MESSAGES)
def test_an_editor_may_leave_out_the_last_line_end(messages: list[Message]) -> None:
    text = as_text(messages)
    if messages[-1].content and not messages[-1].content.endswith("\n"):
        assert from_text(text.removesuffix("\n"), messages) == tuple(messages)


@given(MESSAGES)
def test_nothing_in_the_file_can_drive_a_terminal(messages: list[Message]) -> None:
    assert not UNSAFE.search(as_text(messages).replace("\t", ""))


CALL = Message("assistant", "Let me look.", tool_calls='[{"name":"look"}]')
TURNS = (Message("user", "Where is it?"), CALL)


def test_an_edit_keeps_the_calls_of_its_message() -> None:
    text = as_text(TURNS).replace("Let me look.", "One moment.\nI look.")
    assert from_text(text, TURNS) == (TURNS[0], replace(CALL, content="One moment.\nI look."))


def test_messages_are_added_and_taken_out() -> None:
    text = as_text(TURNS).replace("==== 2 assistant\nLet me look.\n", "==== assistant\nHere.\n")
    assert from_text(text, TURNS) == (TURNS[0], Message("assistant", "Here."))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("==== 2 assistant", "==== 2 assistent", "opens no message"),
        ("==== 2 assistant", "==== 7 assistant", "opens no message"),
        ("==== 2 assistant", "==== system", "opens no message"),
        ("====", "----", "no line begins with ===="),
    ],
)
def test_what_cannot_be_read_is_said(old: str, new: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        from_text(as_text(TURNS).replace(old, new), TURNS)
