"""The noise rank: a mean of shares, comparable from length to length and from time to time."""

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.dynamics.noise import against_its_time, noise


def splits(n: int, name: str = "train") -> np.ndarray:
    return np.full(n, name)


def test_the_rank_is_the_mean_of_its_parts() -> None:
    suspicion = {"late": np.array([1.0, 2.0, 3.0, 4.0]), "slow": np.array([nan, 5.0, 5.0, nan])}
    table = noise(suspicion, splits(4), np.full(4, 7))
    assert table["noise_late"].tolist() == [0.125, 0.375, 0.625, 0.875]
    assert table["noise_slow"].tolist() == pytest.approx([nan, 0.5, 0.5, nan], nan_ok=True)
    assert table["noise"].tolist() == [0.125, 0.4375, 0.5625, 0.875]


def test_splits_are_ranked_apart() -> None:
    split = np.array(["train", "train", "test", "test"])
    table = noise({"late": np.array([1.0, 2.0, 30.0, 40.0])}, split, np.full(4, 7))
    assert table["noise"].tolist() == [0.25, 0.75, 0.25, 0.75]


def test_what_length_explains_is_taken_off() -> None:
    """The loss falls with length alone but for one long answer, whose loss is below that of half of them."""
    lengths = np.arange(1, 202)
    loss = 10 - lengths / 50
    loss[200] = loss[100]
    rank = noise({"late": loss}, splits(201), lengths)["noise"]
    assert rank.idxmax() == 200
    assert np.argmax(loss) == 0


def test_wrong_answers_that_are_all_short_still_stand_out() -> None:
    """A cut answer is short; held against its own length alone, its mean rank would be 0.5."""
    random = np.random.default_rng(0)
    lengths = np.concatenate([np.full(20, 3), random.integers(10, 60, 380)])
    loss = np.concatenate([random.normal(5, 0.5, 20), random.normal(1, 0.3, 380)])
    rank = noise({"late": loss}, splits(400), lengths)["noise"]
    assert rank[:20].mean() > 0.8


def test_answers_of_one_length_are_ranked_by_the_signal() -> None:
    table = noise({"late": np.arange(1000.0)}, splits(1000), np.full(1000, 4))
    assert table["noise"].is_monotonic_increasing
    assert table["noise"].iloc[0] < 0.001


def test_a_loss_is_held_against_those_of_its_time() -> None:
    """The model learns; an example that stands one above its time does so early and late."""
    step = np.arange(640)
    falling = 10 - step / 100
    loss = falling.copy()
    loss[[5, 600]] += 3
    relative = against_its_time(loss, step.astype(np.float64))
    assert set(np.argsort(relative)[-2:]) == {5, 600}
    assert np.isnan(against_its_time(np.array([nan]), np.array([nan]))).all()


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=60), st.integers(0, 1000))
def test_shares_lie_within_and_follow_the_order(values: list[int], seed: int) -> None:
    array = np.array(values, dtype=np.float64)
    lengths = np.random.default_rng(seed).integers(1, 50, len(values))
    table = noise({"late": array, "slow": array}, splits(len(values)), lengths)
    rank = table["noise"].to_numpy()
    assert ((rank > 0) & (rank < 1)).all()
    assert rank.mean() == pytest.approx(0.5)
    alike = noise({"late": array}, splits(len(values)), np.full(len(values), 9))["noise"].to_numpy()
    order = np.argsort(array, kind="stable")
    assert (np.diff(alike[order]) >= -1e-12).all()
    # No unit, no scale: only the order of a signal counts.
    assert noise({"late": array**3, "slow": array}, splits(len(values)), lengths)["noise"].tolist() == (
        pytest.approx(rank.tolist())
    )
