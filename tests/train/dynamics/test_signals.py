"""Each signal on losses worked out by hand, and what must hold of any losses."""

from math import exp, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.dynamics import signals
from train.dynamics.course import Moments


def moments(loss: list[list[float]], correct: list[list[float]] | None = None) -> Moments:
    """Rows by epoch 1, 2, …"""
    array = np.array(loss, dtype=np.float64)
    right = np.zeros_like(array) if correct is None else np.array(correct, dtype=np.float64)
    right[np.isnan(array)] = nan
    return Moments(np.arange(1.0, array.shape[1] + 1), array, right, 2 * array, array * 0 + 1)


def right(*shares: float) -> Moments:
    return moments([[1.0 if share == share else nan for share in shares]], [list(shares)])


def test_confidence_and_variability_are_mean_and_deviation_of_the_probability() -> None:
    made = moments([[0.0, np.log(2)], [1.0, 1.0], [nan, 2.0], [nan, nan]])
    assert signals.confidence(made) == pytest.approx([0.75, exp(-1), exp(-2), nan], nan_ok=True)
    assert signals.variability(made) == pytest.approx([0.25, 0.0, nan, nan], nan_ok=True)


def test_correctness_is_the_mean_share_of_tokens() -> None:
    assert signals.correctness(right(0.5, 1.0, nan)) == pytest.approx([0.75])


def test_regions_are_a_third_and_two_halves() -> None:
    varies = np.array([0.0, 0.1, 0.1, 0.1, 0.3, 0.4])
    sure = np.array([0.9, 0.8, 0.2, 0.1, 0.5, 0.5])
    everything = np.ones(6, dtype=np.bool_)
    named = [signals.REGIONS[i] for i in signals.regions(sure, varies, everything)]
    assert named == ["easy", "easy", "hard", "hard", "ambiguous", "ambiguous"]
    unknown = signals.regions(np.array([nan]), np.array([nan]), everything[:1])
    assert unknown.tolist() == [-1]


@pytest.mark.parametrize(
    ("shares", "learned", "forgettings", "forgotten"),
    [
        ((0.5, 1.0, 1.0), 2, 0, 0.0),
        ((1.0, 0.75, 1.0), 1, 1, 0.25),
        ((1.0, 0.0, 1.0, 0.5), 1, 2, 1.5),
        ((0.5, 0.25, 0.75), nan, 0, 0.25),
        ((1.0, nan, 0.5), 1, 1, 0.5),
        ((nan, nan, 1.0), 3, nan, nan),
    ],
)
def test_learned_and_forgotten(
    shares: tuple[float, ...], learned: float, forgettings: float, forgotten: float
) -> None:
    made = right(*shares)
    assert signals.learned(made) == pytest.approx([learned], nan_ok=True)
    assert signals.forgettings(made) == pytest.approx([forgettings], nan_ok=True)
    assert signals.forgotten(made) == pytest.approx([forgotten], nan_ok=True)


def test_slope_is_nats_an_epoch() -> None:
    made = moments([[3.0, 2.5, 2.0], [1.0, 1.0, 4.0], [5.0, nan, 1.0], [2.0, nan, nan]])
    assert signals.slope(made) == pytest.approx([-0.5, 1.5, -2.0, nan], nan_ok=True)


def test_first_last_and_lowest_pass_over_what_is_unknown() -> None:
    values = np.array([[nan, 2.0, 1.0, nan], [nan] * 4])
    assert signals.first(values) == pytest.approx([2.0, nan], nan_ok=True)
    assert signals.last(values) == pytest.approx([1.0, nan], nan_ok=True)
    assert signals.lowest(values) == pytest.approx([1.0, nan], nan_ok=True)
    assert np.isnan(signals.last(np.empty((2, 0)))).all()


_losses = st.lists(
    st.lists(st.one_of(st.just(nan), st.floats(0, 20)), min_size=4, max_size=4), min_size=1, max_size=8
)


@given(_losses, st.integers(0, 23))
def test_the_order_of_epochs_matters_to_events_alone(loss: list[list[float]], number: int) -> None:
    made = moments(loss, [[1.0 if x < 1 else 0.5 for x in row] for row in loss])
    order = np.random.default_rng(number).permutation(4)
    mixed = Moments(made.epoch, made.loss[:, order], made.correct[:, order], made.max_token_nll, made.step)
    for signal in (signals.confidence, signals.variability, signals.correctness):
        assert signal(mixed) == pytest.approx(signal(made), nan_ok=True)


@given(_losses)
def test_what_must_hold_of_any_losses(loss: list[list[float]]) -> None:
    made = moments(loss, [[1.0 if x < 1 else 0.5 for x in row] for row in loss])
    known = made.known.any(axis=1)
    sure, varies = signals.confidence(made), signals.variability(made)
    assert ((sure[known] >= 0) & (sure[known] <= 1)).all()
    assert np.isnan(sure[~known]).all()
    seen_twice = made.known.sum(axis=1) > 1
    assert np.isnan(varies[~seen_twice]).all()
    # Popoviciu: values within [0, 1] deviate by a half at most.
    assert ((varies[seen_twice] >= 0) & (varies[seen_twice] <= 0.5 + 1e-9)).all()
    events, tokens = signals.forgettings(made)[seen_twice], signals.forgotten(made)[seen_twice]
    assert (events * 0.5 <= tokens + 1e-9).all()
    assert not (events[np.isnan(signals.learned(made)[seen_twice])] > 0).any()
    rising = signals.slope(moments([sorted(row) for row in loss if not np.isnan(row).any()] or [[0.0] * 4]))
    assert (rising >= -1e-9).all()
