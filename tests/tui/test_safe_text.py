"""The gate: nothing invisible passes, nothing visible changes, and what was edited comes back."""

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tui.safe_text import editable, restored, visible, visible_line, visible_with_offsets, written_out

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
# Any code point, with the troublesome ones more often.
NASTY = (
    "\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\u200b\u200d\u202e\u2066\ufeff\ud800\udfff\U000e0041\ufe0f\u3164⟨U+"
)
TEXT = st.text(st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=())))


@given(TEXT)
def test_nothing_invisible_passes(text: str) -> None:
    assert not [c for c in visible(text) if unicodedata.category(c) in HIDDEN and c != "\n"]
    assert "\n" not in visible_line(text)


def test_every_code_point_is_judged_as_unicode_judges_it() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        hidden = unicodedata.category(character) in HIDDEN and character != "\n"
        if hidden:
            assert visible(character) != character, hex(code)
        elif unicodedata.category(character)[0] in "LNPSZ" and character not in "\u115f\u1160\u3164\uffa0":
            assert visible(character) == character, hex(code)


def test_how_it_looks() -> None:
    assert visible("\x1b[31m") == "␛[31m"
    assert visible("\u202eabc") == "⟨U+202E⟩abc"
    assert visible("\x9b1m") == "⟨U+009B⟩1m"
    assert visible("a\ud83d") == "a⟨U+D83D⟩"
    assert visible("[/bold] [red]") == "[/bold] [red]"
    assert visible("❤️ Größe 漢字") == "❤ Größe 漢字"
    assert visible_line("a\nb") == "a⏎b"


@given(TEXT)
def test_offsets_say_where_each_character_went(text: str) -> None:
    shown, offsets = visible_with_offsets(text)
    assert shown == visible(text)
    assert len(offsets) == len(text) + 1
    assert offsets[-1] == len(shown)
    for index, character in enumerate(text):
        if character.isalnum() and character.isascii():
            assert shown[offsets[index] : offsets[index + 1]] == character


@given(TEXT)
def test_an_edit_that_changes_nothing_gives_the_text_back(text: str) -> None:
    shown = editable(text)
    assert restored(shown) == text
    assert written_out(shown) == shown
    assert not [c for c in shown if unicodedata.category(c) in HIDDEN and c not in "\n\t"]
