"""The paired bootstrap: intervals that cover, groups that count as one, the same draws for the same seed."""

import numpy as np
import pytest

from schemas.arrays import Floats
from train.evaluation.resampling import by_group, interval, ratio, resampled


def drawn(statistics: Floats, groups: list[str], seed: int = 17) -> Floats:
    return ratio(np.concatenate(list(resampled(by_group(statistics, groups), seed, 2000))))


def test_the_interval_of_a_mean() -> None:
    """Of 400 values the 95 % interval of the mean is about 1.96 standard errors on each side."""
    values = np.random.default_rng(1).normal(2.0, 3.0, 400)
    found = interval(drawn(np.column_stack([values, np.ones(400)]), [str(i) for i in range(400)]))
    assert found is not None
    error = 1.96 * values.std() / 20
    assert found.low == pytest.approx(values.mean() - error, abs=0.1 * error)
    assert found.high == pytest.approx(values.mean() + error, abs=0.1 * error)


def test_it_covers_what_it_should() -> None:
    """In about 95 of 100 samples the true mean lies within."""
    random = np.random.default_rng(2)
    inside = 0
    for _ in range(200):
        found = interval(
            drawn(np.column_stack([random.normal(0, 1, 60), np.ones(60)]), [str(i) for i in range(60)])
        )
        assert found is not None
        inside += found.low <= 0 <= found.high
    assert 0.89 <= inside / 200 <= 0.99


def test_copies_of_an_example_are_no_further_evidence() -> None:
    values = np.random.default_rng(3).normal(0, 1, 50)
    statistics = np.column_stack([values, np.ones(50)])
    names = [str(i) for i in range(50)]
    once = interval(drawn(statistics, names))
    grouped = interval(drawn(np.repeat(statistics, 4, axis=0), list(np.repeat(names, 4))))
    alone = interval(drawn(np.repeat(statistics, 4, axis=0), [str(i) for i in range(200)]))
    assert once is not None
    assert grouped is not None
    assert alone is not None
    assert (grouped.low, grouped.high) == pytest.approx((once.low, once.high))
    assert alone.high - alone.low == pytest.approx((once.high - once.low) / 2, rel=0.15)


def test_the_same_seed_draws_the_same() -> None:
    statistics = np.column_stack([np.arange(20.0), np.ones(20)])
    names = [str(i) for i in range(20)]
    assert (drawn(statistics, names) == drawn(statistics, names)).all()
    assert not (drawn(statistics, names) == drawn(statistics, names, seed=18)).all()


def test_nothing_to_compute_from() -> None:
    assert interval(np.array([])) is None
    assert interval(np.array([1.0, np.nan, 2.0])) is None
    assert np.isnan(ratio(np.zeros((1, 2)))[0])
