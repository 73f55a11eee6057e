"""Signatures bit for bit as datasketch has them."""

import numpy as np
import pytest
from datasketch import MinHash

from curate.similarity.few import signatures as plain_signatures
from curate.similarity.minhash import RECALL, bands_for, permutations, signatures
from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles

TEXTS = ["", "one", *(" ".join(f"w{n * k % 97}" for k in range(n)) for n in range(2, 120, 3))]


@pytest.mark.parametrize(("count", "seed"), [(128, 1), (16, 1), (200, 7)])
def test_signatures_are_datasketchs(count: int, seed: int) -> None:
    shingles = Shingles.of(TEXTS, 5)
    ours = signatures(shingles, count, seed)
    assert ours.dtype == np.uint32
    for row in range(len(TEXTS)):
        theirs = MinHash(num_perm=count, seed=seed, hashfunc=int, scheme="affine32")
        theirs.update_batch([int(h) & 0xFFFFFFFF for h in shingles[row]])
        assert theirs.hashvalues.tolist() == ours[row].tolist()
    a, b = permutations(count, seed)
    assert [a.tolist(), b.tolist()] == np.asarray(theirs.permutations).tolist()


@pytest.mark.parametrize("at_once", [1, 7, 2048])
def test_the_search_for_few_sets_has_the_same_signatures(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curate.similarity.few._CHUNK", at_once)
    sets = Sets.of(Shingles.of([t for t in TEXTS if t], 5))
    assert (plain_signatures(sets, 125) == signatures(Shingles.of([t for t in TEXTS if t], 5), 125)).all()


def test_a_signature_estimates_jaccard_for_datasketch() -> None:
    texts = [" ".join(f"w{k}" for k in range(300)), " ".join(f"w{k}" for k in range(30, 300))]
    shingles = Shingles.of(texts, 5)
    sketches = [MinHash(hashvalues=row, scheme="affine32") for row in signatures(shingles, 512)]
    exact = len(np.intersect1d(shingles[0], shingles[1])) / len(np.union1d(shingles[0], shingles[1]))
    assert sketches[0].jaccard(sketches[1]) == pytest.approx(exact, abs=0.06)


def test_bands_reach_the_recall_that_datasketch_does_not() -> None:
    assert bands_for(0.8, 128) == (25, 5)
    for threshold in (0.5, 0.7, 0.8, 0.9, 0.99):
        bands, rows = bands_for(threshold, 128)
        assert bands * rows <= 128
        assert 1 - (1 - threshold**rows) ** bands >= RECALL
    assert 1 - (1 - 0.8**13) ** 9 < 0.5
