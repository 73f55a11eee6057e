"""Marks between two texts: on whole words, in every script, and nothing lost or made up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.word_diff import MOST_WORDS, inline, word_diff

TEXT = st.text(st.sampled_from("ab cd\n,.你好👍\u200d🏽e\u0301"), max_size=30)


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("Where is my order?", "Where was my order?", "Where [-is-] {+was+} my order?"),
        ("a b c", "a c", "a [-b-] c"),
        ("a c", "a b c", "a {+b+} c"),
        ("", "x y", "{+x y+}"),
        ("x y", "", "[-x y-]"),
        ("你好吗", "你真好啊", "你{+真+}好[-吗-]{+啊+}"),
        ("तुम क्या", "तुम क्यों", "तुम [-क्या-] {+क्यों+}"),
        ("ok 👍🏽", "ok 👍🏿", "ok [-👍🏽-] {+👍🏿+}"),
        ("ok 👨‍👩‍👧", "ok 👨‍👩‍👦", "ok [-👨‍👩‍👧-] {+👨‍👩‍👦+}"),
        ("order_id 5", "order_no 5", "[-order_id-]{+order_no+} 5"),
        ("same\n text ", "same\n text ", "same\n text "),
    ],
)
def test_words_are_marked_whole(before: str, after: str, marked: str) -> None:
    assert inline(before, after) == marked


@given(before=TEXT, after=TEXT)
def test_taking_the_marks_out_gives_each_text_again(before: str, after: str) -> None:
    """Of the first text the words, of the second everything but white space that stood beside a removal."""
    text = inline(before, after)
    new = re.sub(r"\s*\[-[^]]*-\]", "", text, flags=re.S).replace("{+", "").replace("+}", "")
    old = re.sub(r"\{\+[^}]*\+\}", "", text, flags=re.S).replace("[-", "").replace("-]", "")
    assert "".join(new.split()) == "".join(after.split())
    assert "".join(old.split()) == "".join(before.split())


@given(before=TEXT, after=TEXT)
def test_spans_are_words_in_order_that_the_other_text_lacks(before: str, after: str) -> None:
    diff = word_diff(before, after)
    for text, spans in ((before, diff.removed), (after, diff.added)):
        assert spans == sorted(spans)
        for start, end in spans:
            assert not text[start].isspace()
            assert not text[end - 1].isspace()
    kept = [before, after]
    for side, spans in enumerate((diff.removed, diff.added)):
        for start, end in reversed(spans):
            kept[side] = kept[side][:start] + kept[side][end:]
    assert "".join(kept[0].split()) == "".join(kept[1].split())


def test_white_space_alone_marks_nothing_and_is_told() -> None:
    diff = word_diff("a\n\n  b", "a b")
    assert diff.only_spacing
    assert diff.removed == diff.added == []


def test_texts_with_nothing_in_common_are_told_from_rewordings() -> None:
    assert word_diff("Can I send back a tent?", "Gibt es Zelte für den Winter").nothing_alike
    assert not word_diff("Can I send back a tent?", "May I send the tent back?").nothing_alike


def test_a_text_too_long_to_compare_is_compared_at_its_ends() -> None:
    middle = " ".join(str(number % 7) for number in range(MOST_WORDS))
    diff = word_diff(f"one {middle} end", f"one {middle[::-1]} end")
    assert [c.same for c in diff.changes] == [True, False, True]
