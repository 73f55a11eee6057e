from hypothesis import given
from hypothesis import strategies as st

from curate.similarity.words import folded, words


def test_case_and_punctuation_are_folded() -> None:
    assert words("Don't PANIC — it's  (only) a_test!") == [
        "don",
        "t",
        "panic",
        "it",
        "s",
        "only",
        "a",
        "test",
    ]


def test_letters_keep_their_marks() -> None:
    assert words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
    assert words("Straße") == words("STRASSE")


def test_scripts_without_spaces_give_a_word_a_character() -> None:
    assert words("東京 tower") == ["東", "京", "tower"]
    assert words("カメラ") == ["カ", "メ", "ラ"]
    assert words("ไป") == ["ไ", "ป"]
    assert words("안녕 하세요") == ["안녕", "하세요"]


def test_a_text_of_symbols_has_no_words_and_is_itself() -> None:
    assert words("👍 !?") == []
    assert folded(" 👍 ") == "👍" != folded("👎")


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    once = words(text)
    assert all(word and not word.isspace() for word in once)
    assert len(words(" ".join(once))) == len(once)
