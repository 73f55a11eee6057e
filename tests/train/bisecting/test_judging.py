"""What is said of arms holds what it promises, on losses drawn at random."""

import numpy as np
import pytest

from train.bisecting.judging import Judge
from train.bisecting.search import NOTHING, Groups

EVERY: Groups = frozenset({0, 1, 2})
HALF: Groups = frozenset({0})
DRAWS = 500


def drawn(
    random: np.random.Generator,
    means: dict[Groups, float],
    noise: float,
    seeds: int = 3,
    fewer: dict[Groups, int] | None = None,
) -> Judge:
    """Arms at these means, with an effect of each seed on all of them, and noise. `fewer`: how many seeds
    those arms have that have not all."""
    of_seed = random.normal(0, 1, seeds)
    losses = {g: (mean + of_seed + random.normal(0, noise, seeds)).tolist() for g, mean in means.items()}
    return Judge(EVERY, 0.05, {g: own[: (fewer or {}).get(g, seeds)] for g, own in losses.items()})


def test_seeds_that_move_all_arms_are_no_noise() -> None:
    losses = {NOTHING: [3.0, 4.0, 5.0], EVERY: [1.0, 2.0, 3.0], HALF: [1.0, 2.0, 3.0]}
    judge = Judge(EVERY, 0.05, losses)
    assert judge.noise == pytest.approx(0)
    assert judge.regression.value == pytest.approx(2)
    assert judge.regressed
    assert judge.clear(HALF)
    assert judge.outcome(HALF, NOTHING) == "repaired"
    assert judge.explained(HALF).value == pytest.approx(1)


def test_noise_is_found_again() -> None:
    random = np.random.default_rng(3)
    means = {frozenset({at}): float(at) for at in range(8)}
    found = [drawn(random, means, 0.2, seeds=6).noise ** 2 for _ in range(DRAWS)]
    assert np.sqrt(np.mean(found)) == pytest.approx(0.2, rel=0.05)


def test_runs_that_differ_by_chance_alone_are_seldom_a_regression() -> None:
    random = np.random.default_rng(5)
    means = {NOTHING: 1.0, EVERY: 1.0}
    false = sum(drawn(random, means, 0.1).regressed for _ in range(DRAWS))
    assert false / DRAWS < 0.05  # 2.5 % of one side of a 95 % interval


@pytest.mark.parametrize("fewer", [{}, {HALF: 3}, {frozenset({1}): 3}])
def test_intervals_hold_the_truth_in_95_of_100_cases(fewer: dict[Groups, int]) -> None:
    random = np.random.default_rng(7)
    means = {NOTHING: 2.0, EVERY: 1.0, HALF: 1.3, frozenset({1}): 2.0}
    remains, share = 0, 0
    for _ in range(DRAWS):
        judge = drawn(random, means, 0.05, 3 if not fewer else 6, fewer)
        left, gone = judge.remains(HALF).interval, judge.explained(HALF).interval
        assert left is not None
        remains += left.low <= 0.3 <= left.high
        share += gone is None or gone.low <= 0.7 <= gone.high
    assert 0.92 < remains / DRAWS < 0.98
    assert 0.92 < share / DRAWS < 0.98


def test_what_repairs_in_part_is_told_apart() -> None:
    random = np.random.default_rng(9)
    two = frozenset({0, 1})
    judge = drawn(random, {NOTHING: 2.0, EVERY: 1.0, HALF: 1.5, two: 1.02, frozenset({2}): 1.99}, 0.01)
    assert judge.outcome(HALF, NOTHING) == "partly"
    assert judge.outcome(two, HALF) == "repaired"
    assert judge.outcome(frozenset({2}), NOTHING) == "none"


def test_an_arm_with_fewer_seeds_is_held_to_those_it_has() -> None:
    """Seeds that it does not have move it neither up nor down, and its margin is the wider one."""
    exact = Judge(EVERY, 0.05, {NOTHING: [3.0, 4.0, 9.0, 9.5], EVERY: [1.0, 2.0, 7.0, 7.5], HALF: [1.5, 2.5]})
    assert exact.remains(HALF).value == pytest.approx(0.5)
    assert exact.explained(HALF).value == pytest.approx(0.75)
    layout = drawn(np.random.default_rng(2), {NOTHING: 2.0, EVERY: 1.0, HALF: 1.0}, 0.1, 6, {HALF: 3}).layout
    assert layout.freedom == 6 + 6 + 3 - (3 + 5)
    assert layout.margin(HALF, EVERY) > layout.margin(NOTHING, EVERY)


def test_what_is_put_back_from_the_outset_is_what_others_are_held_to() -> None:
    found = frozenset({0})
    losses = {found: [2.0, 3.0, 4.1], EVERY: [1.0, 2.1, 3.0], frozenset({0, 1}): [1.0, 2.0, 3.1]}
    judge = Judge(EVERY, 0.05, losses, start=found)
    assert judge.regressed
    assert judge.outcome(frozenset({0, 1}), found) == "repaired"
    assert judge.explained(frozenset({0, 1})).value == pytest.approx(1, abs=0.05)


def test_the_worst_of_many_by_chance_is_seldom_confirmed() -> None:
    """Of 40 slices the one that rose most by three seeds: the next three show whether there is anything."""
    random = np.random.default_rng(17)
    by_chance, real = 0, 0
    for _ in range(DRAWS):
        worst = max((random.normal(0, 0.1, 3) for _ in range(40)), key=lambda rise: float(rise.mean()))
        for rise, losses in ((0.0, worst), (0.5, worst + 0.5)):
            b = [*losses, *(rise + random.normal(0, 0.1, 3))]
            judge = Judge(EVERY, 0.05, {NOTHING: b, EVERY: [0.0] * 6})
            by_chance += rise == 0 and judge.confirmed(3)
            real += rise > 0 and judge.confirmed(3)
    assert by_chance / DRAWS < 0.08
    assert real / DRAWS > 0.9


def test_more_seeds_are_worth_while_where_they_would_show_it() -> None:
    near = Judge(EVERY, 0.05, {NOTHING: [1.0, 1.2, 1.4], EVERY: [0.9, 1.05, 1.39]})
    assert not near.regressed
    assert near.would_regress(6)
    far = Judge(EVERY, 0.05, {NOTHING: [1.0, 1.2, 1.4], EVERY: [1.1, 1.05, 1.39]})
    assert not far.regressed
    assert not far.would_regress(6)


def test_a_run_that_learned_less_is_told_by_the_rest() -> None:
    """Runs vary by much more than the regression, and by as much on other examples."""
    random = np.random.default_rng(13)
    learned = {g: random.normal(0, 0.3, 3) for g in (NOTHING, EVERY, HALF)}
    means = {NOTHING: 1.1, EVERY: 1.0, HALF: 1.0}
    losses = {g: (means[g] + of + random.normal(0, 0.01, 3)).tolist() for g, of in learned.items()}
    rest = {g: (2.0 + 0.5 * of).tolist() for g, of in learned.items()}
    paired = Judge(EVERY, 0.05, losses)
    assert not paired.regressed
    judge = Judge(EVERY, 0.05, losses, rest=rest)
    judge.choose()
    assert judge.levelled
    assert judge.regressed
    assert judge.regression.value == pytest.approx(0.1, abs=0.03)
    assert judge.clear(HALF)
    assert judge.outcome(HALF, NOTHING) == "repaired"


def test_what_the_rest_does_not_tell_stays_paired() -> None:
    random = np.random.default_rng(15)
    losses = {NOTHING: [3.0, 4.0, 5.01], EVERY: [1.0, 2.02, 3.0]}
    rest = {g: random.normal(2, 0.3, 3).tolist() for g in losses}
    judge = Judge(EVERY, 0.05, losses, rest=rest)
    judge.choose()
    assert not judge.levelled
    assert judge.regression.value == pytest.approx(2, abs=0.02)


def test_noise_as_wide_as_the_regression_is_not_clear() -> None:
    random = np.random.default_rng(11)
    judge = drawn(random, {NOTHING: 1.1, EVERY: 1.0, HALF: 1.05}, 0.2)
    assert not judge.clear(HALF)
