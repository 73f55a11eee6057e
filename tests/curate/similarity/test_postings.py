"""What is looked up in postings on disk is what comparing everything finds, whatever of them is lost."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.flow.rows import InMemory
from curate.similarity.features import shingles_of
from curate.similarity.index import NearIndex
from curate.similarity.joins import near_index, rows_beside
from curate.similarity.pairs import find_pairs_across
from curate.similarity.prefixes import rarest
from curate.similarity.sets import Sets
from schemas.example import Example, Message
from schemas.recipe import Dedup
from schemas.stage import Feature

SETTINGS = Dedup(threshold=0.6)
BEGINNING = "we thank you for your message and answer as soon as we can"
REDACTED = "write to an email address or call a phone number and ask for a person"
Kept = dict[str, Mapping[str, npt.NDArray[Any]]]


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are searched as many are, and their commonest shingles are common."""
    for module in ("pairs", "crowding", "segments"):
        monkeypatch.setattr(f"curate.similarity.{module}.FEW", 0)
    monkeypatch.setattr("curate.similarity.segments._COMMON", 3)
    monkeypatch.setattr("curate.similarity.segments._TIMES_MEAN", 0)


def text(number: int, *, redacted: bool = False) -> str:
    """Texts of which some tens are near to each other, begin alike, or are no words. Some have others in
    common when they are `redacted`."""
    if number % 17 == 0:
        return "…"
    words = [f"w{(number // 5) * 13 + word}" for word in range(16 + number // 5 % 9)]
    words[-1 - number % 5] = f"v{number}"
    if redacted and number % 6 == 0:
        words = [*words, REDACTED]
    return " ".join([BEGINNING, *words] if number % 2 else words)


def rows_of(numbers: list[int], kept: Kept, *, redacted: bool = False) -> InMemory:
    rows = [
        Example(f"{n:020x}", (Message("user", text(n, redacted=redacted)),), "a", line)
        for line, n in enumerate(numbers, start=1)
    ]
    view = InMemory(rows)
    view._kept = kept
    return view


NUMBERS = st.lists(st.integers(0, 90), unique=True, min_size=30, max_size=70)
FINDS = [[False], [True], [False, True]]
LOST = st.sampled_from(["", "", "", "", "base", "since", "near", "buckets"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=NUMBERS,
    steps=st.lists(st.tuples(NUMBERS, LOST), max_size=5),
    finds=st.sampled_from(FINDS),
    asks=st.booleans(),
)
def test_any_rows_after_any_others(
    first: list[int], steps: list[tuple[list[int], str]], finds: list[bool], asks: bool
) -> None:
    """`finds`: which of the searches of every step are exact; those see redacted rows. Where it `asks`, what
    is beside some rows is asked for before all pairs are."""
    kept: Kept = {}
    numbers = first
    for wanted, lost in [(first, ""), *steps]:
        # A tenth of other rows at a time: more are searched anew.
        numbers = [n for n in numbers if n % 10 != wanted[0] % 10]
        numbers += [n for n in wanted if n not in numbers][: len(numbers) // 8]
        for name in [name for name in kept if lost and lost in name]:
            del kept[name]
        for exact in finds:
            rows = rows_of(numbers, kept, redacted=exact)
            if asks:
                new = np.flatnonzero(np.isin(numbers, wanted))
                beside = rows_beside(rows, "spoken", SETTINGS, new, exact=exact)
                assert beside is not None
                assert np.array_equal(beside, anew(rows, exact).beside(new))
            assert_as_anew(
                near_index(rows, "spoken", SETTINGS, np.arange(len(rows)), exact=exact), rows, exact
            )


def anew(rows: InMemory, exact: bool) -> NearIndex:
    return NearIndex.of(shingles_of(rows, "spoken", SETTINGS.shingle), SETTINGS, exact=exact)


def assert_as_anew(grown: NearIndex, rows: InMemory, exact: bool) -> None:
    fresh = anew(rows, exact)
    assert np.array_equal(grown.pairs.left, fresh.pairs.left)
    assert np.array_equal(grown.pairs.right, fresh.pairs.right)
    assert np.array_equal(grown.pairs.jaccard, fresh.pairs.jaccard)


def test_a_new_redacted_row_does_not_meet_all_that_were_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: Kept = {}
    numbers = [number for number in range(1, 200) if number % 17]
    near_index(rows_of(numbers, kept), "spoken", SETTINGS, np.arange(len(numbers)))
    rows = rows_of(numbers, kept, redacted=True)
    near_index(rows, "spoken", SETTINGS, np.arange(len(numbers)), exact=True)
    assert ["slots" in kept[name] for name in kept if name.endswith("/since")] == [True]
    numbers += range(600, 660, 6)
    rows = rows_of(numbers, kept, redacted=True)
    with monkeypatch.context() as patch:
        # Thirty rows with the same words in them would be too many for each of ten.
        patch.setattr("curate.similarity.additions._SOME", 0)
        patch.setattr("curate.similarity.additions._MOST_MET", 20)
        patch.setattr("curate.similarity.joins.shingles_of", None)
        grown = near_index(rows, "spoken", SETTINGS, np.arange(len(numbers)), exact=True)
    assert_as_anew(grown, rows, exact=True)


def test_new_rows_are_looked_up_and_few_others_read(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: Kept = {}
    numbers = [number for number in range(1, 80) if number not in (26, 35)]
    near_index(rows_of(numbers, kept), "spoken", SETTINGS, np.arange(77))
    monkeypatch.setattr("curate.similarity.joins.shingles_of", None)
    read: list[int] = []
    plain = InMemory.take
    monkeypatch.setattr(InMemory, "take", lambda self, at: read.extend(at) or plain(self, at))
    index = near_index(rows_of([*numbers, 26, 35], kept), "spoken", SETTINGS, np.arange(79))
    assert {77, 78} <= set(read)
    assert len(set(read)) < 20
    assert set(index.node_of[77:].tolist()) <= {*index.pairs.left.tolist(), *index.pairs.right.tolist()}


def test_a_damaged_set_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: Kept = {}
    numbers = [number for number in range(1, 80) if number not in (26, 35)]
    near_index(rows_of(numbers, kept), "spoken", SETTINGS, np.arange(77))
    plain = InMemory.features
    damaged: list[str] = []

    def features(self: InMemory, feature: Feature, **how: Any) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
        for arrays in plain(self, feature, **how):
            for name in how.get("unchecked", ()):
                damaged.append(name)
                arrays = {**arrays, name: arrays[name] ^ np.uint64(1 << 40)}
            yield arrays

    monkeypatch.setattr(InMemory, "features", features)
    rows = rows_of([*numbers, 26, 35], kept)
    beside = rows_beside(rows, "spoken", SETTINGS, np.array([77, 78]))
    assert damaged == ["hashes"]
    assert beside is not None
    assert np.array_equal(beside, anew(rows, exact=False).beside(np.array([77, 78])))
    assert beside.sum() > 2


def test_two_searches_share_the_postings() -> None:
    kept: Kept = {}
    rows = rows_of(list(range(60)), kept)
    near_index(rows, "spoken", SETTINGS, np.arange(60))
    before = dict(kept)
    near_index(rows, "spoken", SETTINGS, np.arange(60), exact=True)
    assert all(kept[name] is before[name] for name in before)
    assert sum("postings" in name for name in kept) == 2
    assert len(
        find_pairs_across(Sets.of(shingles_of(rows, "spoken", 5)), np.full(60, -1, np.int32), 0.6).left
    )


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=12), max_size=12), st.integers(0, 40))
def test_the_rarest_of_sets_of_any_sizes(sets: list[list[int]], long: int) -> None:
    sets = [*sets, [1] * long]
    values = np.array([value for one in sets for value in one], np.uint64)
    sizes = np.array([len(one) for one in sets], np.int32)
    lengths = np.array([(len(one) + 1) // 2 for one in sets], np.int64)
    starts = np.cumsum(sizes) - sizes
    expected = [
        start + place
        for one, start, length in zip(sets, starts.tolist(), lengths.tolist(), strict=True)
        for place in sorted(range(len(one)), key=one.__getitem__)[:length]
    ]
    assert rarest(values, sizes, lengths).tolist() == expected
