"""What the benchmark of dynamics is judged by: faults that are faults, and figures worked out by hand."""

import itertools
import random
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from bench.planted import desk, problems
from bench.planted.faults import FAULTS
from bench.planted.pair import Pair
from bench.planted.scores import read, scores, tables

CASES = [
    ("swapped", problems.trained_on),
    ("truncated", problems.trained_on),
    ("wrong number", problems.trained_on),
    ("wrong number", desk.answers),
    ("label flip", desk.labels),
]


@pytest.mark.parametrize(("fault", "rows"), CASES)
def test_a_twentieth_is_wrong_and_nothing_else_changes(fault: str, rows: Callable[..., object]) -> None:
    pairs = list(itertools.islice(rows(random.Random(1)), 200))  # type: ignore[call-overload]
    made, wrong = FAULTS[fault](pairs, random.Random(2))
    assert len(wrong) == 10
    for index, (before, after) in enumerate(zip(pairs, made, strict=True)):
        assert after.question == before.question
        assert (after.answer != before.answer) == (index in wrong)


def test_the_problems_are_right() -> None:
    for pair in itertools.islice(problems.trained_on(random.Random(1)), 300):
        working, _, ending = pair.answer.partition(". ")
        for sum_ in working.split(", "):
            left, _, right = sum_.partition(" = ")
            one, sign, two = left.split()
            first, second = int(one), int(two)
            assert {"+": first + second, "-": first - second, "*": first * second}[sign] == int(right)
        assert re.findall(r"\d+", ending) == [right]


def test_a_wrong_number_is_wrong_wherever_it_stands() -> None:
    pair = Pair("Ada has 3 eggs and finds 4 more.", "3 + 4 = 7. So it is 7 eggs.")
    made, wrong = FAULTS["wrong number"]([pair] * 20, random.Random(3))
    (answer,) = (made[i].answer for i in wrong)
    working, ending = re.findall(r"= (\d+)\. So it is (\d+)", answer)[0]
    assert working == ending != "7"
    assert answer.startswith("3 + 4 = ")


@pytest.mark.parametrize(
    ("signal", "planted", "expected"),
    [
        ([5, 4, 3, 2, 1], [1, 0, 0, 0, 0], 0.16),  # 0.8 of the first of five
        ([5, 4, 3, 2, 1], [0, 0, 0, 0, 1], 0.96),
        ([1, 1, 1, 1, 1], [0, 1, 0, 0, 0], 0.8),
        ([9, 8, 1, 1, 1], [1, 0, 0, 0, 1], (2 + 3 * 0.6) / 5),
    ],
)
def test_how_much_must_be_read(signal: list[float], planted: list[int], expected: float) -> None:
    found = read(np.array(signal, dtype=np.float64), np.array(planted, dtype=np.bool_))
    assert found == pytest.approx(expected)


def test_a_table_has_the_mean_and_the_range_over_seeds() -> None:
    found = pd.DataFrame(
        {"planted": [True, False, False], "good": [3.0, 2.0, 1.0], "bad": [1.0, 2.0, np.nan]}
    )
    done = [scores(found).assign(task="t", fault="f", seed=1)]
    worse = found.assign(good=[2.0, 3.0, 1.0])
    done.append(scores(worse).assign(task="t", fault="f", seed=2))
    lines = tables(pd.concat(done)).splitlines()
    assert "| good | 0.75 (0.50–1.00) |" in lines
    assert "| bad | 0.50 |" in lines
