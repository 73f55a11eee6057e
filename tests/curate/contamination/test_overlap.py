"""The index against plain sets: every n-gram and every near pair, and no others."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.contamination.overlap import LEAST_WORDS, SHINGLE, Overlap
from curate.similarity.words import words

TEXT = st.lists(st.sampled_from("abcdef"), max_size=24).map(" ".join)


def grams(text: str, n: int) -> set[tuple[str, ...]]:
    w = words(text)
    return {tuple(w[i : i + n]) for i in range(len(w) - n + 1)}


def expected(line: str, text: str, ngram: int, threshold: float) -> tuple[float | None, float | None]:
    """Share of the line's n-grams in the text, and Jaccard, by sets."""
    size = len(words(line))
    n = min(ngram, size)
    share = None
    if n == ngram or n >= LEAST_WORDS:
        own = grams(line, n)
        share = len(own & grams(text, n)) / len(own) or None
    a, b = grams(line, SHINGLE), grams(text, SHINGLE)
    jaccard = len(a & b) / len(a | b) if a and b else 0.0
    return share, jaccard if jaccard >= threshold else None


@given(st.lists(TEXT, max_size=6), st.lists(TEXT, min_size=1, max_size=4), st.sampled_from([3, 7, 13]))
def test_it_finds_what_sets_find(lines: list[str], texts: list[str], ngram: int) -> None:
    found = Overlap({"b": [(line,) for line in lines]}, ngram, 0.6).hits([[t] for t in texts])
    for row, text in enumerate(texts):
        hits = {place: hit for hit in found.get(row, []) for place in hit.places}
        for number, line in enumerate(lines, start=1):
            share, jaccard = expected(line, text, ngram, 0.6)
            hit = hits.pop(("b", number), None)
            if jaccard is not None:
                assert hit is not None
                assert (hit.near, hit.share) == (True, pytest.approx(jaccard))
            elif share is not None:
                assert hit is not None
                assert (hit.near, hit.share) == (False, pytest.approx(share))
            else:
                assert hit is None
        assert not hits


def hits(lines: Sequence[Sequence[str]], *said: str) -> list[tuple[tuple[tuple[str, int], ...], bool]]:
    found = Overlap({"b": lines}, 13, 0.8).hits([said]).get(0, [])
    return [(hit.places, hit.near) for hit in found]


QUESTION = "A train leaves the old station at noon and reaches the harbour town before four o'clock"


def test_a_changed_word_in_a_long_question_is_a_near_duplicate() -> None:
    long = " ".join(f"w{i}" for i in range(60))
    assert hits([(long,)], long.replace("w30", "other"), "An answer.") == [((("b", 1),), True)]


def test_question_and_answer_are_near_to_their_whole_line() -> None:
    question = " ".join(f"q{i}" for i in range(10))
    answer = " ".join(f"a{i}" for i in range(10))
    assert ((("b", 1),), True) in hits([(question, answer)], question, answer)


def test_what_many_lines_share_is_boilerplate() -> None:
    frame = "please choose the one best answer out of the four that are listed here below"
    lines = [(f"{frame} {i} {i + 1}",) for i in range(30)]
    assert hits(lines, f"{frame} and no other") == []
    assert hits(lines[:3], f"{frame} and no other") != []
    assert hits([("select the right option please",)] * 30, "Select the right option, please!") == []


def test_a_passage_of_many_lines_is_listed_with_all_of_them() -> None:
    assert hits([(QUESTION,)] * 12, QUESTION) == [(tuple(("b", n) for n in range(1, 13)), True)]
