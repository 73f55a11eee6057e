"""A search finds what looking at every text would, however few texts are looked at at once."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model import text_search
from tui.model.text_search import holding

WORDS = st.text("abkSÄß 汉-", min_size=1, max_size=6)
TEXTS = st.lists(st.text("abABkKsSſ\u212aäÄß 汉-\n", max_size=14), max_size=40)


@given(texts=TEXTS, words=WORDS, slab=st.integers(1, 5), at_once=st.integers(1, 9), skipped=st.integers(0, 3))
def test_it_finds_what_is_there(texts: list[str], words: str, slab: int, at_once: int, skipped: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_search, "_SLAB", slab)
        patch.setattr(text_search, "_AT_ONCE", at_once)
        found = holding(pa.array(["a-b"] * skipped + texts, pa.string())[skipped:], words)
    expected = [re.search(re.escape(words), text, re.IGNORECASE) is not None for text in texts]
    assert found.tolist() == expected


def test_words_over_the_edge_of_two_texts_are_in_neither() -> None:
    texts = pa.array(["one wo", "rd", "x"] * 50)
    assert not holding(texts, "word").any()
    assert np.flatnonzero(holding(pa.array(["x"] * 999 + ["Some WORD"] + ["x"] * 99), "word")).tolist() == [
        999
    ]
