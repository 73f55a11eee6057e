"""Columns of all rows say of each what its part says, whatever rows came and went since they were written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.flow.cache import StageCache
from curate.flow.flat import Flat
from curate.flow.keys import Keys
from curate.sparing import Arrays
from schemas.arrays import Ints

ONLY = ("words", "words_sizes", "numbers")


class Asked:
    """Arrays that follow from a row's number, and how many rows were ever asked about."""

    key = "asked/1"

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, rows: Any) -> Any:
        raise NotImplementedError

    def of(self, cache: StageCache, numbers: list[int], rows: str = "") -> dict[str, list[Any]]:
        def compute(some: Ints | None) -> list[Arrays]:
            mine = numbers if some is None else [numbers[at] for at in some.tolist()]
            self.rows += len(mine)
            half = len(mine) // 2
            return [arrays(mine[:half]), arrays(mine[half:])]

        found = Flat(cache, keys(numbers), rows).of(self, ONLY, compute)
        return {name: found[name].tolist() for name in ONLY}


def arrays(numbers: list[int]) -> Arrays:
    return {
        "words": np.array([n for n in numbers for _ in range(n % 3)], np.int64),
        "words_sizes": np.array([n % 3 for n in numbers], np.int32),
        "numbers": np.array(numbers, np.uint64),
    }


def keys(numbers: list[int]) -> Keys:
    return np.array([f"{number:032x}".encode() for number in numbers], "S32")


@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 80), max_size=4), st.lists(st.integers(100, 140), max_size=4)),
        max_size=6,
    )
)
def test_columns_are_those_of_the_rows(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[set[int], list[int]]]
) -> None:
    cache, asked = StageCache(tmp_path_factory.mktemp("cache")), Asked()
    numbers = list(range(80))
    for gone, new in [(set(), []), *changes]:
        numbers = [n for n in numbers if n not in gone]
        for number in dict.fromkeys(new):
            if number not in numbers:
                numbers.insert(number % (len(numbers) + 1), number)
        assert asked.of(cache, numbers) == {n: a.tolist() for n, a in arrays(numbers).items()}


def test_few_new_rows_alone_are_computed(tmp_path: Path) -> None:
    cache, asked = StageCache(tmp_path), Asked()
    asked.of(cache, list(range(100)))
    asked.of(cache, list(range(3, 100)))
    assert asked.rows == 100
    asked.of(cache, list(range(1, 102)))
    assert asked.rows == 102
    asked.of(cache, list(range(100, 200)))
    assert asked.rows == 202


def test_without_their_list_columns_are_made_anew(tmp_path: Path) -> None:
    cache, asked = StageCache(tmp_path), Asked()
    asked.of(cache, list(range(100)))
    for file in tmp_path.glob("*/*"):
        file.write_bytes(b"")
    assert asked.of(cache, list(range(100))) == {n: a.tolist() for n, a in arrays(list(range(100))).items()}
    assert asked.rows == 200


def test_rows_of_another_name_have_columns_of_their_own(tmp_path: Path) -> None:
    cache, asked = StageCache(tmp_path), Asked()
    everyone, half = list(range(40)), list(range(0, 40, 2))
    for rows, name in ((everyone, "all"), (half, "half")):
        asked.of(cache, rows, name)
    assert asked.rows == 60
    for rows, name in ((everyone, "all"), (half, "half")):
        assert asked.of(cache, [*rows, 50], name)["numbers"] == [*rows, 50]
    assert asked.rows == 62
