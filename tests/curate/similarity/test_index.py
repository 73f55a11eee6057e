"""The index against brute force over plain Python sets of word tuples."""

import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.similarity.index import RECALL, NearIndex, bands_for, near_pairs
from curate.similarity.shingles import jaccard
from curate.similarity.words import words
from schemas.recipe import Dedup

THRESHOLDS = (0.5, 0.8, 0.95)


def plain(text: str, n: int = 5) -> frozenset[tuple[str, ...]]:
    tokens = words(text)
    size = min(n, len(tokens))
    return frozenset(tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1) if size)


def oracle(texts: Sequence[str], threshold: float) -> dict[tuple[int, int], float]:
    sets = [plain(text) for text in texts]
    similar = {(i, j): jaccard(sets[i], sets[j]) for i, j in itertools.combinations(range(len(sets)), 2)}
    return {pair: score for pair, score in similar.items() if score >= threshold}


def edited(text: str, edits: int, chance: random.Random) -> str:
    tokens = text.split(" ")
    for _ in range(edits):
        tokens[chance.randrange(len(tokens))] = f"edit{chance.randrange(999)}"
    return " ".join(tokens)


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    chance = random.Random(5)
    vocabulary = [f"w{n}" for n in range(400)]
    kanji = [chr(0x4E00 + n) for n in range(300)]
    preamble = " ".join(chance.choices(vocabulary, k=30))
    texts = [" ".join(chance.choices(vocabulary, k=chance.randint(12, 90))) for _ in range(150)]
    texts += [f"{preamble} {' '.join(chance.choices(vocabulary, k=12))}" for _ in range(60)]
    texts += ["".join(chance.choices(kanji, k=chance.randint(8, 60))) for _ in range(60)]
    for text in list(texts):
        joined = text if " " in text else " ".join(text)
        texts += [edited(joined, edits, chance) for edits in (0, 1, 1, 2, 4)]
    texts += [" ".join(chance.choices(vocabulary[:6], k=chance.randint(0, 6))) for _ in range(150)]
    return [*texts, "", "!!!", "ha " * 30, "ha " * 20, "Ha, ha", "OK", "ok."]


@pytest.fixture(scope="module")
def similar(corpus: list[str]) -> dict[tuple[int, int], float]:
    return oracle(corpus, min(THRESHOLDS))


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_all_pairs_of_brute_force_and_no_other(
    corpus: list[str], similar: dict[tuple[int, int], float], threshold: float
) -> None:
    expected = {pair: score for pair, score in similar.items() if score >= threshold}
    found = {(p.i, p.j): p.jaccard for p in near_pairs(corpus, Dedup(threshold=threshold))}
    assert found == expected
    assert any(score < threshold + 0.05 for score in expected.values()), "nothing near the threshold"


@settings(derandomize=True)  # recall is a probability, if one near 1
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=14).map(" ".join), max_size=14),
    st.sampled_from(THRESHOLDS),
)
def test_texts_of_few_words_against_brute_force(texts: list[str], threshold: float) -> None:
    found = {(p.i, p.j): p.jaccard for p in near_pairs(texts, Dedup(threshold=threshold))}
    assert found == oracle(texts, threshold)


def test_bands_reach_the_recall_that_datasketch_does_not() -> None:
    assert bands_for(0.8, 128) == (25, 5)
    for threshold in (0.5, 0.7, 0.8, 0.9, 0.99):
        bands, rows = bands_for(threshold, 128)
        assert bands * rows <= 128
        assert 1 - (1 - threshold**rows) ** bands >= RECALL
    assert 1 - (1 - 0.8**13) ** 9 < 0.5


def test_recall_at_the_threshold_itself() -> None:
    """2,000 pairs of Jaccard exactly 0.8: 8 shingles of 10 in common."""
    texts: list[str] = []
    for n in range(2000):
        common = [f"c{n}x{k}" for k in range(12)]
        texts += [" ".join([*common, f"l{n}"]), " ".join([*common, f"r{n}"])]
    found = near_pairs(texts, Dedup(threshold=8 / 10))
    assert {p.jaccard for p in found} == {0.8}
    assert len(found) >= 0.999 * 2000


def test_asking_among_some_and_for_few() -> None:
    base = [f"w{n}" for n in range(40)]
    texts = [" ".join([*base, *["x"] * n]) for n in range(6)]
    index = NearIndex.of(texts, Dedup())
    near = index.neighbours(0)
    assert [score for _, score in near] == sorted((score for _, score in near), reverse=True)
    among = np.zeros(len(index), dtype=bool)
    among[[0, 2, 4]] = True
    assert {node for node, _ in index.neighbours(0, among)} == {2, 4}
    assert index.neighbours(0, limit=1) == near[:1]


def test_texts_of_different_short_lengths_are_not_alike() -> None:
    assert (
        near_pairs(["reset my password please", "reset my password please now"], Dedup(threshold=0.3)) == []
    )
    assert [p.jaccard for p in near_pairs(["Thanks!", "thanks", "thanks a lot"], Dedup())] == [1.0]


@pytest.mark.parametrize(
    ("a", "b", "expected"), [({1, 2}, {2, 3}, 1 / 3), (set(), set(), 0.0), ({1}, {1}, 1.0)]
)
def test_jaccard(a: set[int], b: set[int], expected: float) -> None:
    assert jaccard(a, b) == expected
