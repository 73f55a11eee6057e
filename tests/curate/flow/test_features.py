"""Features and memos that outlive a build."""

import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.flow.arrays import mapped, packed, unpacked
from curate.flow.cache import StageCache
from curate.flow.computing import Computing, Done, here
from curate.flow.features import FeatureStore, Rows, taken
from curate.flow.keys import row_keys
from curate.flow.memo import KeptMemo
from schemas.example import Example, Message
from schemas.row_table import rows_table
from schemas.stage import MEMO_BYTES


class Words:
    """The lengths of a row's words, and how many rows were ever asked about."""

    key = "words/1"

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        self.asked += len(rows)
        words = [row.answer.split() for row in rows]
        return {
            "lengths": np.array([len(word) for some in words for word in some], np.int64),
            "lengths_sizes": np.array([len(some) for some in words], np.int32),
            "first": np.array([some[0].encode() for some in words], np.bytes_),
        }


class Letters(Words):
    key = "letters/1"


def rows_of(texts: Sequence[str]) -> list[Example]:
    return [Example(f"{at:032x}", (Message("assistant", text),), "a", at) for at, text in enumerate(texts)]


def ask(store: FeatureStore, feature: Words, rows: Sequence[Example]) -> dict[str, list[Any]]:
    part = Rows("part", row_keys(rows), rows_table(rows).take)
    (found,) = store.of(feature, [part])
    return {name: array.tolist() for name, array in found.items()}


TEXTS = st.lists(st.text("ab \n", min_size=1).filter(str.strip), min_size=1, max_size=6)


@given(st.lists(TEXTS, min_size=1, max_size=12))
def test_whatever_was_asked_before_the_answer_is_that_of_the_rows(
    tmp_path_factory: pytest.TempPathFactory, times: list[list[str]]
) -> None:
    cache = StageCache(tmp_path_factory.mktemp("cache"))
    for texts in times:
        rows = rows_of(texts)
        plain = {name: array.tolist() for name, array in Words()(rows).items()}
        assert ask(FeatureStore(cache), Words(), rows) == plain


def test_only_new_rows_are_computed(tmp_path: Path) -> None:
    store, feature = FeatureStore(StageCache(tmp_path)), Words()
    rows = rows_of(["one", "two three", "four"])
    ask(store, feature, rows)
    ask(store, feature, [rows[2], rows[0]])
    assert feature.asked == 3
    ask(store, feature, [*rows, *rows_of(["five"])])
    assert feature.asked == 4


def test_features_asked_for_together_read_the_rows_once(tmp_path: Path) -> None:
    class Alone(Words):
        key = "alone/1"

    store, words, letters, alone = FeatureStore(StageCache(tmp_path)), Words(), Letters(), Alone()
    rows = rows_of(["one", "two three", "four"])
    ask(store, letters, rows[1:])
    read: list[int] = []

    def compute(computing: Computing, table: pa.Table) -> Done:
        read.append(table.num_rows)
        return here(computing, table)

    store.together([words, letters], compute)
    assert ask(store, words, rows) == ask(FeatureStore(StageCache(tmp_path / "other")), Words(), rows)
    assert ask(store, letters, rows) == ask(store, words, rows)
    ask(store, alone, rows)
    assert read == [3]
    assert (words.asked, letters.asked, alone.asked) == (3, 3, 3)


def test_many_segments_are_made_one(tmp_path: Path) -> None:
    store, feature = FeatureStore(StageCache(tmp_path)), Words()
    rows = rows_of([f"word{at}" for at in range(40)])
    for size in range(1, 41):
        ask(store, feature, rows[:size])
    assert feature.asked == 40
    assert len(store._listed(feature, "part")) <= 9


def test_rows_that_are_not_asked_for_stay_known_when_segments_are_made_one(tmp_path: Path) -> None:
    store, feature = FeatureStore(StageCache(tmp_path)), Words()
    rows = rows_of([f"word{at}" for at in range(40)])
    for each in [rows[:20]] + [[row] for row in rows[20:]]:
        ask(store, feature, each)
    assert len(store._listed(feature, "part")) <= 9
    ask(store, feature, rows)
    assert feature.asked == 40


def test_threads_that_ask_for_rows_of_a_part_lose_none_of_each_others(tmp_path: Path) -> None:
    store, rows = FeatureStore(StageCache(tmp_path)), rows_of([f"word{at}" for at in range(120)])
    words, letters = Words(), Letters()
    store.together([words, letters], here)

    def asking(feature: Words, some: Sequence[Example]) -> None:
        for row in some:
            assert ask(store, feature, [row])["first"] == [row.answer.encode()]

    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(asking, words, rows[::2]), threads.submit(asking, letters, rows[1::2])]
    for one in asked:
        one.result()
    ask(store, words, rows)
    ask(store, letters, rows)
    assert (words.asked, letters.asked) == (120, 120)


def test_a_cache_may_be_removed_while_features_are_computed(tmp_path: Path) -> None:
    store, feature, rows = FeatureStore(StageCache(tmp_path)), Words(), rows_of(["one", "two three", "four"])
    ask(store, feature, rows[:1])

    def compute(computing: Computing, table: pa.Table) -> Done:
        here(computing, table)
        return partial(shutil.rmtree, tmp_path)

    store.together([feature], compute)
    assert ask(store, feature, rows) == ask(FeatureStore(StageCache(tmp_path / "other")), Words(), rows)


def test_a_damaged_segment_is_computed_again(tmp_path: Path) -> None:
    store, feature = FeatureStore(StageCache(tmp_path)), Words()
    rows = rows_of(["one", "two"])
    whole = ask(store, feature, rows)
    for file in tmp_path.glob("*/*"):
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert ask(store, feature, rows) == whole
    assert feature.asked == 4


def test_runs_of_rows_are_taken_in_their_order() -> None:
    arrays = {"x": np.arange(6), "x_sizes": np.array([1, 0, 3, 2]), "y": np.array(["a", "b", "c", "d"])}
    found = taken(arrays, np.array([2, 0, 2, 1]))
    assert found["x"].tolist() == [1, 2, 3, 0, 1, 2, 3]
    assert found["y"].tolist() == ["c", "a", "c", "b"]


@pytest.mark.parametrize("long", [0, 1, 3])
@given(
    sizes=st.lists(st.integers(0, 3), min_size=12, max_size=12),
    stretches=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=4),
)
def test_rows_one_after_another_are_taken_as_others_are(
    long: int, sizes: list[int], stretches: list[tuple[int, int]]
) -> None:
    rows = [row for start, end in stretches for row in range(start, end)]
    entries = [[10 * row + entry for entry in range(size)] for row, size in enumerate(sizes)]
    arrays = {
        "entries": np.array([entry for each in entries for entry in each], np.int64),
        "entries_sizes": np.array(sizes, np.int32),
        "squares": np.arange(12) ** 2,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("curate.flow.features._LONG", long)
        found = taken(arrays, np.array(rows, np.int64))
    assert found["entries"].tolist() == [entry for row in rows for entry in entries[row]]
    assert found["entries_sizes"].tolist() == [sizes[row] for row in rows]
    assert found["squares"].tolist() == [row * row for row in rows]


def test_arrays_of_all_kinds_survive(tmp_path: Path) -> None:
    arrays = {
        "none": np.empty((0, 3), np.float16),
        "odd": np.array([True, False, True]),
        "text": np.array(["ä", "", "long"]),
        "bytes": np.array([b"a", b"bcd"]),
        "numbers": np.arange(12, dtype=np.uint64).reshape(3, 4),
        "every second": np.arange(9)[::2],
        "columns": np.arange(6).reshape(2, 3).T,
    }
    file = tmp_path / "arrays"
    file.write_bytes(b"".join(packed(arrays)))
    for found in (unpacked(file), mapped(file)):
        assert found is not None
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            assert found[name].tolist() == array.tolist()
    assert found is not None
    assert found["numbers"].flags.aligned
    some = unpacked(file, ["text"])
    assert some is not None
    assert {name: array.tolist() for name, array in some.items()} == {"text": ["ä", "", "long"]}
    with pytest.raises(ValueError, match="objects"):
        packed({"x": np.array([{}])})


def test_a_damaged_array_is_none(tmp_path: Path) -> None:
    file = tmp_path / "arrays"
    whole = b"".join(packed({"a": np.arange(4), "b": np.arange(5)}))
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert unpacked(file) is None
        assert mapped(file) is None
        file.write_bytes(whole[:at])
        assert unpacked(file) is None
        assert mapped(file, check=False) is None
    file.write_bytes(whole[:-1])
    assert unpacked(file, ["a"]) is not None


def test_a_memo_outlives_the_build_and_forgets_what_nobody_asks(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    keys = [bytes([at]) + bytes(MEMO_BYTES - 1) for at in range(10)]
    first = KeptMemo(cache, "letters/1")
    for at, key in enumerate(keys):
        first.put(key, at)
    first.keep()
    again = KeptMemo(cache, "letters/1")
    assert [again.get(key) for key in keys] == list(range(10))
    assert KeptMemo(cache, "letters/2").get(keys[0]) is None
    later = KeptMemo(cache, "letters/1")
    assert later.get(keys[3]) == 3
    later.put(b"\xff" * MEMO_BYTES, 255)
    later.keep()
    last = KeptMemo(cache, "letters/1")
    assert last.get(b"\xff" * MEMO_BYTES) == 255
    assert last.get(keys[3]) == 3
    assert last.get(keys[4]) is None


def test_mapped_arrays_are_checked_once_and_outlive_their_file(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    cache.keep_arrays("ab", {"a": np.arange(4)})
    before = cache.arrays("ab", mapped=True)
    assert before is not None
    cache.keep_arrays("ab", {"a": np.arange(9)})
    again = cache.arrays("ab", mapped=True)
    assert again is not None
    assert (before["a"].tolist(), again["a"].tolist()) == ([0, 1, 2, 3], list(range(9)))
    (file,) = (path for path in tmp_path.glob("*/*") if path.is_file())
    damaged = file.read_bytes()[:-1] + b"\x01"
    file.unlink()
    file.write_bytes(damaged)
    assert StageCache(tmp_path).arrays("ab", mapped=True) is None


def test_only_what_stays_unchecked_may_be_damaged(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    whole = {"lengths": np.arange(4), "names": np.arange(10, 15)}
    for damaged, other in (("lengths", "names"), ("names", "lengths")):
        cache.keep_arrays("ab", whole)
        (file,) = (path for path in tmp_path.glob("*/*") if path.is_file())
        data = file.read_bytes()
        at = data.rindex(whole[damaged].tobytes())
        file.write_bytes(data[:at] + b"\x07" + data[at + 1 :])
        found = cache.arrays("ab", mapped=True, unchecked=[damaged])
        assert found is not None
        assert found[damaged].tolist() == [7, *whole[damaged].tolist()[1:]]
        assert found[other].tolist() == whole[other].tolist()
        assert cache.arrays("ab", mapped=True, unchecked=[other]) is None
        assert cache.arrays("ab", mapped=True) is None


def test_what_nobody_asked_for_in_a_month_is_removed(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    for key in ("used", "unused"):
        cache.keep_arrays(key, {"a": np.arange(4)})
    old = time.time() - 29.9 * 86_400
    for file in [path for path in tmp_path.glob("*/*") if path.is_file()]:
        os.utime(file, (old, old))
    assert cache.arrays("used", mapped=True) is not None
    for file in [path for path in tmp_path.glob("*/*") if path.is_file()]:
        os.utime(file, (file.stat().st_mtime - 86_400,) * 2)
    cache.prune()
    assert cache.arrays("used") is not None
    assert cache.arrays("unused") is None
