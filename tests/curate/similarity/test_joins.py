"""A graph kept from an earlier build is the graph that comparing everything anew would give."""

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from curate.flow.rows import InMemory
from curate.leaks import certify
from curate.similarity.crowding import Arrays, Buckets
from curate.similarity.features import Part, shingles_of
from curate.similarity.index import NearIndex
from curate.similarity.joins import near_index
from curate.similarity.pairs import LONG_RUN
from curate.similarity.prefixes import table_bits
from curate.similarity.sets import Sets, numbered
from curate.similarity.shingles import Shingles
from schemas.example import Example, Message
from schemas.recipe import Dedup

SETTINGS = Dedup(threshold=0.6)


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for many rows, though there are few."""
    monkeypatch.setattr("curate.similarity.pairs.FEW", 0)


def example(text: str, line: int) -> Example:
    return Example(f"{line:020x}", (Message("user", text),), "a", line)


def corpus(seed: int) -> list[Example]:
    draw = random.Random(seed)
    words = [f"w{n}" for n in range(400)]
    texts = [" ".join(draw.choices(words, k=draw.randrange(0, 40))) for _ in range(150)]
    for _ in range(150):
        near = draw.choice(texts).split()
        for _ in range(draw.randrange(3)):
            if near:
                near[draw.randrange(len(near))] = draw.choice(words)
        texts.append(" ".join(near))
    return [example(text, line) for line, text in enumerate(texts)]


def same(one: NearIndex, other: NearIndex) -> bool:
    pairs = [(index.pairs.left, index.pairs.right, index.pairs.jaccard) for index in (one, other)]
    return (
        np.array_equal(one.node_of, other.node_of)
        and np.array_equal(one.spoken, other.spoken)
        and all(np.array_equal(a, b) for a, b in zip(*pairs, strict=True))
    )


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("words", [0, 6])
def test_some_of_the_rows_in_any_order(exact: bool, words: int) -> None:
    for seed in range(5):
        rows = InMemory(corpus(seed))
        whole = near_index(rows, "spoken", SETTINGS, np.arange(len(rows)), words=words, exact=exact)
        assert whole.pairs.lasting
        shingles = shingles_of(rows, "spoken", SETTINGS.shingle).at_least(words)
        draw = random.Random(seed)
        for size in (300, 299, 150, 2, 0):
            some = np.array(draw.sample(range(300), size), np.int64)
            kept = near_index(rows, "spoken", SETTINGS, some, words=words, exact=exact)
            assert same(kept, NearIndex.of(shingles, SETTINGS, some, exact=exact))


def test_shingles_are_not_read_where_rows_only_went(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = InMemory(corpus(1))
    near_index(rows, "spoken", SETTINGS, np.arange(300))
    monkeypatch.setattr("curate.similarity.joins.shingles_of", None)
    assert len(near_index(rows, "spoken", SETTINGS, np.arange(299)).pairs.left)
    with pytest.raises(TypeError):
        near_index(rows, "prompt", SETTINGS, np.arange(299))


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the collections that were compared with themselves."""
    sizes: list[int] = []

    def counted(rows: InMemory, part: Part, n: int) -> Shingles:
        sizes.append(len(rows))
        return shingles_of(rows, part, n)

    monkeypatch.setattr("curate.similarity.joins.shingles_of", counted)
    return sizes


@pytest.mark.parametrize("few", [0, 10**6])
@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("words", [0, 6])
def test_new_texts_are_compared_with_all(
    exact: bool, words: int, few: int, searched: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curate.similarity.crowding.FEW", few)
    asked = 0
    for seed in range(5):
        rows, draw = InMemory(corpus(seed)), random.Random(seed)
        shingles = shingles_of(rows, "spoken", SETTINGS.shingle).at_least(words)
        for size in (240, 241, 260, 262, 300, 250, 280):
            some = np.array(draw.sample(range(300), size), np.int64)
            grown = near_index(rows, "spoken", SETTINGS, some, words=words, exact=exact)
            assert same(grown, NearIndex.of(shingles, SETTINGS, some, exact=exact))
            assert grown.pairs.lasting
            asked += 1
    assert len(searched) < asked / 2


@pytest.mark.parametrize("exact", [True, False])
def test_a_larger_table_of_shingles_costs_no_search_and_a_smaller_one_does(
    exact: bool, searched: list[int]
) -> None:
    """For MinHash bands no table is used."""
    rows = InMemory(corpus(3))
    shingles = shingles_of(rows, "spoken", SETTINGS.shingle)
    first = numbered(shingles.sets)[1]
    told = np.cumsum(shingles.sizes[first])
    small = int(first[np.searchsorted(told, 2048) - 1]) + 1
    large = min(small + 20, len(rows))
    totals = [int(shingles.sizes[first[first < size]].sum()) for size in (small, large)]
    assert [table_bits(total) for total in totals] == [11, 12]
    for size, searches in ((small, 1), (large, 1), (small + 10, 1), (small, 1)):
        grown = near_index(rows, "spoken", SETTINGS, np.arange(size), exact=exact)
        assert same(grown, NearIndex.of(shingles, SETTINGS, np.arange(size), exact=exact))
        assert len(searched) == searches
    rows = InMemory(corpus(3))
    for size, searches in ((large, 2), (small, 3 if exact else 2)):
        shrunk = near_index(rows, "spoken", SETTINGS, np.arange(size), exact=exact)
        assert same(shrunk, NearIndex.of(shingles, SETTINGS, np.arange(size), exact=exact))
        assert len(searched) == searches


@pytest.mark.parametrize("exact", [True, False])
def test_texts_that_crowd_a_search_are_compared_as_if_all_were_new(
    exact: bool, searched: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("pairs", "crowding"):
        monkeypatch.setattr(f"curate.similarity.{module}.LONG_RUN", 64)
        monkeypatch.setattr(f"curate.similarity.{module}.FEW_TIMES", 8)
        monkeypatch.setattr(f"curate.similarity.{module}.HOT", 16)
    monkeypatch.setattr("curate.similarity.pairs.PIVOTS", 2)
    preamble = "you are a helpful assistant that answers in one short and friendly sentence"
    texts = [f"{preamble} {n} {n * 7}" for n in range(90)]
    rows = InMemory([example(text, line) for line, text in enumerate(texts)])
    shingles = shingles_of(rows, "spoken", SETTINGS.shingle)
    in_part = 0
    for size in (10, 12, 13, 15, 18, 20, 24, 28, 30, 32, 36, 40, 48, 56, 60, 70, 86, 90):
        grown = near_index(rows, "spoken", SETTINGS, np.arange(size), exact=exact)
        fresh = NearIndex.of(shingles, SETTINGS, np.arange(size), exact=exact)
        assert same(grown, fresh)
        assert np.array_equal(grown.pairs.in_part, fresh.pairs.in_part)
        in_part += int(fresh.pairs.in_part.sum())
    assert in_part
    assert 1 < len(searched) < 18


@pytest.mark.parametrize("since", [0, 1, 10**6])
def test_counts_of_buckets_grow_with_the_sets(
    since: int, searched: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are listed beside those of the search of all, or counted there at once."""
    monkeypatch.setattr("curate.similarity.crowding._SINCE", since)
    rows = InMemory(corpus(4))
    shingles = shingles_of(rows, "spoken", SETTINGS.shingle)
    none: Arrays = {"slots": np.empty(0, np.int64), "times": np.empty(0, np.int64)}
    for size in (200, 220, 240, 270, 300):
        near_index(rows, "spoken", SETTINGS, np.arange(size))
        (name,) = [name for name in rows._kept if name.endswith("/buckets")]
        base, kept = rows._kept[name], rows._kept[name.removesuffix("/buckets")]
        counts = base["buckets"].astype(np.int64)
        counts.reshape(-1)[kept["slots"]] += kept["times"]
        sets = Sets.of(shingles, np.arange(size))
        everyone: Any = SimpleNamespace(own=sets.some(np.flatnonzero(sets.sizes > 0)))
        empty = {**base, "buckets": np.zeros_like(base["buckets"])}
        fresh = Buckets.after(empty, none, everyone, SETTINGS.threshold, SETTINGS.permutations)
        expected = np.zeros_like(counts)
        expected.reshape(-1)[fresh.slots] = fresh.times
        assert np.array_equal(counts, expected)
    assert len(searched) == 1


def test_a_bound_that_is_lost_costs_a_search(searched: list[int]) -> None:
    rows = InMemory(corpus(2))
    near_index(rows, "spoken", SETTINGS, np.arange(290))
    (counts,) = [name for name in rows._kept if name.endswith("/buckets")]
    del rows._kept[counts]
    grown = near_index(rows, "spoken", SETTINGS, np.arange(300))
    fresh = NearIndex.of(shingles_of(rows, "spoken", SETTINGS.shingle), SETTINGS, np.arange(300))
    assert same(grown, fresh)
    assert len(searched) == 2


@pytest.mark.parametrize("exact", [True, False])
def test_what_was_compared_in_part_is_not_kept(exact: bool) -> None:
    preamble = "you are a helpful assistant that answers in one short and friendly sentence"
    texts = [f"{preamble} {n} {n * 7}" for n in range(LONG_RUN + 100)]
    rows = InMemory([example(text, line) for line, text in enumerate(texts)])
    index = near_index(rows, "spoken", SETTINGS, np.arange(len(rows)), exact=exact)
    assert not index.pairs.lasting
    assert not rows._kept


def test_a_certificate_after_rows_went_or_moved_counts_what_a_new_one_counts() -> None:
    counted = set()
    for seed in range(6):
        rows, draw = corpus(seed), random.Random(seed)
        splits = [draw.choice(["train", "test", "validation"]) for _ in rows]
        whole = InMemory(rows)
        certify(whole, np.array(splits, np.bytes_), SETTINGS)
        for moved in (0, 60):
            some = sorted(draw.sample(range(300), 280))
            for at in draw.sample(range(300), moved):
                splits[at] = "train"
            fewer = InMemory([rows[at] for at in some])
            names = np.array([splits[at] for at in some], np.bytes_)
            fresh = certify(fewer, names, SETTINGS)
            again = InMemory([rows[at] for at in some])
            again._kept = dict(whole._kept)
            assert certify(again, names, SETTINGS) == fresh
            counted.add(fresh.cross_split_pairs)
    assert max(counted) > 10


def test_a_certificate_of_rows_without_words() -> None:
    rows = [example("…", line) for line in range(4)]
    found = certify(InMemory(rows), np.array(["train", "test"] * 2, np.bytes_), SETTINGS)
    assert found.cross_split_pairs == 4  # by their prompts
