"""Every search for pairs against brute force: LSH and exact join, compiled and for few, hot buckets too."""

import itertools
import random

import numpy as np
import pytest

from curate.similarity import pairs as searching
from curate.similarity.pairs import LONG_RUN, PIVOTS, find_pairs, find_pairs_across
from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles, jaccard

Found = dict[tuple[int, int], float]
CHANCE = random.Random(5)
VOCABULARY = [f"w{n}" for n in range(400)]
PREAMBLE = " ".join(CHANCE.choices(VOCABULARY, k=50))


def edited(text: str, edits: int) -> str:
    tokens = text.split()
    for _ in range(edits):
        tokens[CHANCE.randrange(len(tokens))] = f"edit{CHANCE.randrange(10**6)}"
    return " ".join(tokens)


@pytest.fixture(scope="module")
def sets() -> Sets:
    """Rows of all lengths, edits of them, and 150 under one preamble, which fill hot buckets."""
    texts = [" ".join(CHANCE.choices(VOCABULARY, k=CHANCE.randint(0, 90))) for _ in range(200)]
    texts += [f"{PREAMBLE} {' '.join(CHANCE.choices(VOCABULARY, k=14))}" for _ in range(150)]
    texts += [edited(text, edits) for text in texts if text for edits in (1, 2)]
    return Sets.of(Shingles.of(texts, 5))


@pytest.fixture(scope="module")
def similar(sets: Sets) -> Found:
    listed = [set(sets[node].tolist()) for node in range(len(sets))]
    scores = {(i, j): jaccard(listed[i], listed[j]) for i, j in itertools.combinations(range(len(sets)), 2)}
    return {pair: score for pair, score in scores.items() if score >= 0.5}


def found(sets: Sets, threshold: float, **how: bool) -> Found:
    pairs = find_pairs(sets, threshold, whole=True, **how)
    assert not pairs.in_part.any()
    return dict(
        zip(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True), pairs.jaccard.tolist(), strict=True)
    )


@pytest.mark.parametrize("few", [0, 10**6], ids=["compiled", "few"])
@pytest.mark.parametrize("exact", [False, True], ids=["lsh", "exact"])
@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.95])
def test_all_pairs_and_no_other(
    sets: Sets,
    similar: Found,
    threshold: float,
    exact: bool,
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    expected = {pair: score for pair, score in similar.items() if score >= threshold}
    assert found(sets, threshold, exact=exact) == expected
    assert any(score < threshold + 0.05 for score in expected.values()), "nothing near the threshold"


@pytest.mark.parametrize("few", [0, 10**6], ids=["compiled", "few"])
def test_pairs_across_kinds(sets: Sets, similar: Found, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    kinds = np.arange(len(sets), dtype=np.int32) % 3 - 1
    pairs = find_pairs_across(sets, kinds, 0.6)
    across = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert across == {
        (i, j) for (i, j), score in similar.items() if score >= 0.6 and (kinds[i] != kinds[j] or kinds[i] < 0)
    }


@pytest.mark.parametrize("exact", [False, True])
def test_the_result_does_not_depend_on_the_number_of_threads(
    sets: Sets, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FEW", 0)
    monkeypatch.setattr(searching, "_CHUNK", 100)
    results = []
    for threads in (1, 3):
        monkeypatch.setattr("curate.similarity.threads.cores", lambda threads=threads: threads)
        monkeypatch.setattr("curate.similarity.prefixes.cores", lambda threads=threads: threads)
        results.append(find_pairs(sets, 0.7, exact=exact))
    alone, several = results
    assert (several.left == alone.left).all()
    assert (several.right == alone.right).all()


@pytest.mark.parametrize("exact", [False, True])
def test_a_long_run_is_compared_in_part_and_says_so(exact: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FEW", 0)
    base = [f"w{n}" for n in range(60)]
    sets = Sets.of(Shingles.of([" ".join([*base, f"a{n}", f"b{n}"]) for n in range(LONG_RUN + 100)], 5))
    some = find_pairs(sets, 0.8, exact=exact)
    assert len(some.left) < len(sets) * (PIVOTS + 1)
    assert set(some.left.tolist()) <= set(range(PIVOTS))
    assert not some.in_part[:PIVOTS].any()
    assert some.in_part[PIVOTS + 1 :].all()
    whole = find_pairs(sets, 0.8, exact=exact, whole=True)
    assert len(whole.left) == len(sets) * (len(sets) - 1) // 2
    assert not whole.in_part.any()


def test_recall_at_the_threshold_itself() -> None:
    """4,000 pairs of Jaccard exactly 0.8: 8 shingles of 10 in common."""
    texts: list[str] = []
    for n in range(4000):
        common = [f"c{n}x{k}" for k in range(12)]
        texts += [" ".join([*common, f"l{n}"]), " ".join([*common, f"r{n}"])]
    pairs = find_pairs(Sets.of(Shingles.of(texts, 5)), 8 / 10)
    assert set(pairs.jaccard.tolist()) == {0.8}
    assert len(pairs.left) >= 0.999 * 4000


@pytest.mark.parametrize("exact", [False, True])
def test_nothing_and_empty_texts(exact: bool) -> None:
    for texts in ([], [""], ["", "!"], ["one"]):
        assert not len(find_pairs(Sets.of(Shingles.of(texts, 5)), 0.8, exact=exact).left)
