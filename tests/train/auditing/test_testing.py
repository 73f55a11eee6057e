"""Differences, intervals, p-values and their correction, on numbers that can be worked out."""

from itertools import product

import numpy as np
import pytest

from train.auditing.testing import contrast, false_discovery_rates, judge

EVERY = np.ones(8, dtype=bool)


def names(n: int) -> list[str]:
    return [f"g{i:03}" for i in range(n)]


def test_p_is_the_share_of_signs_with_as_large_a_sum() -> None:
    values = np.array([3.0, 2.0, 2.0, 1.0, 1.0, 0.5, -0.5, -1.0, 0.25])
    sums = [abs(np.dot(signs, values)) for signs in product((-1, 1), repeat=len(values))]
    exact = np.mean(np.array(sums) >= values.sum() - 1e-9)
    (found,) = contrast(values, np.full(9, 4.0), names(9), [np.ones(9, dtype=bool)])
    assert found.difference == pytest.approx(8.25 / 36)
    assert found.p == pytest.approx(exact, abs=0.01)
    assert found.q == found.p


def test_no_difference_is_no_evidence() -> None:
    (found,) = contrast(np.zeros(8), np.ones(8), names(8), [EVERY])
    assert (found.difference, found.p, found.sure) == (0.0, 1.0, False)
    assert judge(found, higher_is_worse=True, beyond_noise=None) == "not enough evidence"


def test_examples_of_one_group_are_one_witness() -> None:
    """Eighty examples of four groups prove less than eight of eight, and get neither interval nor p."""
    few = contrast(np.ones(80), np.ones(80), names(4) * 20, [np.ones(80, dtype=bool)])[0]
    many = contrast(np.ones(8), np.ones(8), names(8), [EVERY])[0]
    assert (few.groups, few.interval, few.p, few.sure) == (4, None, None, False)
    assert many.p == pytest.approx(2 / 256, abs=0.003)
    assert many.sure


def test_of_many_only_what_chance_would_not_show_is_sure() -> None:
    """Twenty slices of eight, one of which is worse: p is 2/256, q twenty times that, and so not sure."""
    values = np.random.default_rng(3).normal(size=160)
    values[:8] = 1.0
    members = [np.arange(160) // 8 == at for at in range(20)]
    found = contrast(values, np.ones(160), names(160), members)
    assert found[0].p == pytest.approx(2 / 256, abs=0.003)
    assert found[0].q is not None
    assert found[0].q > 0.05
    assert not found[0].sure
    alone = contrast(values, np.ones(160), names(160), members[:1])[0]
    assert alone.sure


def test_rates_are_those_of_benjamini_and_hochberg() -> None:
    assert false_discovery_rates(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx(
        [0.02, 0.04, 0.04, 0.02]
    )
    assert not len(false_discovery_rates(np.empty(0)))


def test_alike_runs_seldom_look_apart() -> None:
    """Of 100 families of twenty tests in which nothing differs, few have a sure one."""
    random = np.random.default_rng(11)
    false = 0
    for _ in range(100):
        values = random.standard_t(3, size=60)
        members = [random.random(60) < 0.4 for _ in range(20)]
        false += any(one.sure for one in contrast(values, np.ones(60), names(60), members))
    assert false <= 9  # 5 expected at most; 10 or more in 3 of 100 cases


@pytest.mark.parametrize(
    ("sign", "higher_is_worse", "beyond", "verdict"),
    [
        (1, True, None, "worse or chance"),
        (1, True, True, "worse"),
        (1, True, False, "within seed noise"),
        (-1, True, None, "better or chance"),
        (-1, True, True, "better"),
        (-1, False, None, "worse or chance"),
    ],
)
def test_verdicts(sign: int, higher_is_worse: bool, beyond: bool | None, verdict: str) -> None:
    (found,) = contrast(np.full(8, float(sign)), np.ones(8), names(8), [EVERY])
    assert judge(found, higher_is_worse=higher_is_worse, beyond_noise=beyond) == verdict
