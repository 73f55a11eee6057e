"""Fleiss' κ and α against published examples, independent implementations, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.agreement.panel import counts_of
from curate.agreement.several import alpha, fleiss

_ = -1
# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): section C, four observers, twelve units.
FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
# The same, sections A (binary) and B (nominal): two observers, no data missing.
TWO_BINARY = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
TWO_NOMINAL = [[0, 0, 1, 1, 3, 2, 2, 2, 4, 3, 3, 0], [1, 0, 1, 1, 1, 2, 2, 2, 4, 3, 3, 3]]
# The worked example of Wikipedia's article on Fleiss' κ: ten subjects, fourteen raters, five categories.
FOURTEEN_RATERS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
CODES = st.lists(st.lists(st.integers(-1, 3), min_size=3, max_size=3), min_size=1, max_size=25)


@pytest.mark.parametrize(
    ("said", "expected"), [(FOUR_OBSERVERS, 0.743), (TWO_BINARY, 0.095), (TWO_NOMINAL, 0.692)]
)
def test_alpha_as_krippendorff_works_it_out(said: list[list[int]], expected: float) -> None:
    assert alpha(counts_of(np.array(said).T, 6)).value == pytest.approx(expected, abs=5e-4)


def test_fleiss_as_worked_out() -> None:
    found = fleiss(np.array(FOURTEEN_RATERS), 14)
    assert found.value == pytest.approx(0.210, abs=5e-4)
    assert found.observed == pytest.approx(0.378, abs=5e-4)


@settings(deadline=None)
@given(rows=CODES)
def test_alpha_as_the_package_has_it(rows: list[list[int]]) -> None:
    krippendorff = pytest.importorskip("krippendorff")
    counts = counts_of(np.array(rows), 4)
    found = alpha(counts)
    pairable = counts[counts.sum(axis=1) > 1]
    assert found.n == len(pairable)
    if found.value is None:
        assert (pairable.sum(axis=0) > 0).sum() <= 1
        return
    theirs = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert found.value == pytest.approx(theirs, abs=1e-9)


@settings(deadline=None)
@given(rows=CODES)
def test_fleiss_as_statsmodels_has_it(rows: list[list[int]]) -> None:
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    counts = counts_of(np.array(rows), 4)
    found = fleiss(counts, 3)
    complete = counts[counts.sum(axis=1) == 3]
    assert found.n == len(complete)
    if found.value is None:
        assert (complete.sum(axis=0) > 0).sum() <= 1
        return
    assert found.value == pytest.approx(inter_rater.fleiss_kappa(complete), abs=1e-9)


def test_without_examples_in_common_there_is_no_number() -> None:
    alone = np.array([[1, 0], [0, 1]])
    assert (alpha(alone).value, alpha(alone).n, alpha(alone).observed) == (None, 0, None)
    assert fleiss(alone, 1).n == 0


def test_who_all_say_the_same_have_no_coefficient() -> None:
    counts = np.array([[3, 0]] * 8)
    for found in (alpha(counts), fleiss(counts, 3)):
        assert (found.value, found.low, found.n, found.observed) == (None, None, 8, 1.0)


def test_intervals_hold_the_value_narrow_with_n_and_are_the_same_each_time() -> None:
    few = np.array([[2, 0]] * 20 + [[1, 1]] * 15 + [[0, 2]] * 15)
    many = np.repeat(few, 50, axis=0)
    for measure in (alpha, lambda counts: fleiss(counts, 2)):
        narrow, wide = measure(many), measure(few)
        assert wide.low < wide.value < wide.high
        assert narrow.high - narrow.low < (wide.high - wide.low) / 5
        assert measure(few) == wide


def test_the_interval_covers_as_often_as_it_says() -> None:
    """200 samples of 100 from a population whose nominal α is 0.4: two agree on 0.7, half of all is each."""
    patterns = np.array([[2, 0], [1, 1], [0, 2]])
    draws = np.random.default_rng(2).multinomial(100, [0.35, 0.3, 0.35], size=200)
    found = [alpha(np.repeat(patterns, draw, axis=0)) for draw in draws]
    covered = sum(one.low <= 0.4 <= one.high for one in found)
    assert 180 <= covered <= 199
