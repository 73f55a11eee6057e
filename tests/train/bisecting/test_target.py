"""What a bisect is about, of losses drawn as runs have them: some learned more than others, on all slices."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from schemas.example import Example
from train.auditing.common import Common
from train.bisecting.target import rest, worst

Make = Callable[..., Example]
Floats = NDArray[np.float64]
SLICES = ("prices", "returns")
EACH = 30
TOKENS = 10
SEEDS = 3


@pytest.fixture
def shop(make_example: Make) -> Common:
    """Held-out examples of two slices, told apart by their tag alone."""
    examples = tuple(
        make_example(("user", f"Number {n}?"), ("assistant", "Yes."), tags=(name,))
        for n, name in enumerate(np.repeat(SLICES, EACH).tolist())
    )
    rows = pd.DataFrame(
        {
            "example_id": [f"e{n}" for n in range(len(examples))],
            "split": "test",
            "group": [f"g{n}" for n in range(len(examples))],
            "n_tokens": TOKENS,
        }
    )
    return Common(rows, examples, {})


def drawn(random: np.random.Generator, rise: float, of_run: float, of_example: float = 0.3) -> Floats:
    """Nats (seeds, n). `rise` of the second slice; `of_run` varies between runs and moves all examples."""
    n = 2 * EACH
    base = np.linspace(2.0, 4.0, n)
    run = random.normal(0, of_run, (SEEDS, 1))
    moved = np.where(np.arange(n) < EACH, 0.0, rise)
    nll: Floats = base + run + moved + random.normal(0, of_example, (SEEDS, n))
    return nll


def test_what_a_run_does_to_all_slices_hides_nothing(shop: Common) -> None:
    """Runs lie as far apart as the rise is large, and on the other slice they do so, too: all but a few are
    sure, where by pairs of seeds hardly one would be."""
    random = np.random.default_rng(5)
    drawings = [(drawn(random, 0.0, 0.5), drawn(random, 0.6, 0.5)) for _ in range(30)]
    risen = [(a, b) for a, b in drawings if (b - a)[:, EACH:].mean() > 0.3]
    found = [worst(shop, a, b, sure=True) for a, b in risen]
    named = [one.name for one in found if one is not None]
    assert len(named) >= 0.7 * len(risen)
    assert named.count("tag returns") >= 0.9 * len(named)


def test_what_chance_does_is_seldom_sure(shop: Common) -> None:
    random = np.random.default_rng(7)
    found = [worst(shop, drawn(random, 0.0, 0.3), drawn(random, 0.0, 0.3), sure=True) for _ in range(60)]
    assert sum(one is not None for one in found) <= 3
    picked = [worst(shop, drawn(random, 0.0, 0.3), drawn(random, 0.1, 0.3), sure=False) for _ in range(20)]
    by_chance = [one for one in picked if one is not None and one.chosen_by]
    assert by_chance
    assert {one.chosen_by for one in by_chance} == {SEEDS}


def test_a_rise_beyond_the_noise_of_seeds_is_sure(shop: Common) -> None:
    random = np.random.default_rng(9)
    found = worst(shop, drawn(random, 0.0, 0.05), drawn(random, 0.6, 0.05), sure=True)
    assert found is not None
    assert found.name == "tag returns"
    assert set(found.example_ids) == {f"e{n}" for n in range(EACH, 2 * EACH)}
    others = rest(shop, found)
    assert others is not None
    assert found.chosen_by == 0
    assert set(others.example_ids) == {f"e{n}" for n in range(EACH)}
