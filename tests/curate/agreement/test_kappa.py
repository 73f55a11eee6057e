"""κ against published tables, an independent implementation, and what must always hold."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.agreement.kappa import Weights, cross_table, kappa

TABLES = st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3)
SKLEARN = {"none": None, "linear": "linear", "quadratic": "quadratic"}


@pytest.mark.parametrize(
    ("table", "weights", "expected"),
    [
        ([[20, 5], [10, 15]], "none", 0.4),
        ([[45, 15], [25, 15]], "none", 0.1304),
        ([[25, 35], [5, 35]], "none", 0.2593),
        ([[53, 5, 2], [11, 14, 5], [1, 6, 3]], "none", 0.4286),
        ([[53, 5, 2], [11, 14, 5], [1, 6, 3]], "linear", 0.4923),
    ],
)
def test_tables_worked_out_by_hand(table: list[list[int]], weights: Weights, expected: float) -> None:
    """The first: 0.7 agree, 0.5 by chance, so 0.2 / 0.5. The last two have the margins 60, 30, 10 and 65, 25,
    10: 0.70 agree and 0.475 would by chance; by distance 0.33 disagrees and 0.65 would."""
    assert kappa(np.array(table), weights).value == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("weights", SKLEARN)
@given(table=TABLES)
def test_as_scikit_learn_has_it(table: list[list[int]], weights: Any) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    counts = np.array(table)
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i][j])]
    found = kappa(counts, weights)
    if found.value is None:
        assert len({i for i, _ in pairs} | {j for _, j in pairs}) <= 1
        return
    left, right = zip(*pairs, strict=True)
    assert (cross_table(left, right, 3) == counts).all()
    theirs = metrics.cohen_kappa_score(left, right, labels=[0, 1, 2], weights=SKLEARN[weights])
    assert found.value == pytest.approx(theirs, abs=1e-9)


def test_full_agreement_and_chance() -> None:
    assert kappa(np.diag([7, 3])).value == 1.0
    assert kappa(np.array([[6, 4], [6, 4]])).value == pytest.approx(0.0)
    assert kappa(np.array([[0, 5], [5, 0]])).value == -1.0


@pytest.mark.parametrize("table", [[[0, 0], [0, 0]], [[9, 0], [0, 0]]])
def test_where_it_is_not_defined_there_is_no_number(table: list[list[int]]) -> None:
    found = kappa(np.array(table))
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.n == sum(map(sum, table))


def test_one_who_always_says_the_same_has_no_interval() -> None:
    found = kappa(np.array([[3, 0], [5, 0]]))
    assert (found.value, found.low, found.high, found.n) == (0.0, None, None, 8)


def test_two_categories_know_no_weights() -> None:
    table = np.array([[20, 5], [10, 15]])
    assert kappa(table).value == kappa(table, "linear").value == kappa(table, "quadratic").value


def test_the_interval_holds_the_value_narrows_with_n_and_is_the_same_each_time() -> None:
    few, many = kappa(np.array([[20, 5], [10, 15]])), kappa(np.array([[2000, 500], [1000, 1500]]))
    for found in (few, many):
        assert found.low is not None
        assert found.high is not None
        assert found.low < 0.4 < found.high
    assert (many.high or 0) - (many.low or 0) < ((few.high or 0) - (few.low or 0)) / 5
    assert kappa(np.array([[20, 5], [10, 15]])) == few


def test_the_interval_covers_as_often_as_it_says() -> None:
    """200 samples of 100 from a population whose κ is 0.4: about 95 % of the intervals hold it."""
    population = np.array([0.4, 0.1, 0.2, 0.3])
    samples = np.random.default_rng(1).multinomial(100, population, size=200)
    found = [kappa(sample.reshape(2, 2)) for sample in samples]
    covered = sum((k.low or 0) <= 0.4 <= (k.high or 0) for k in found)
    assert 180 <= covered <= 199
