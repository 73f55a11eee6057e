"""Cohen's κ, plain and weighted, with a bootstrap interval.

κ = 1 − Σ wᵢⱼ Oᵢⱼ / Σ wᵢⱼ Eᵢⱼ, where O are the counts of a cross table, E those that its margins would give by
chance, and w what a disagreement weighs: 1 (Cohen 1960), the distance of the categories, or its square
(Cohen 1968). 1 is full agreement, 0 what chance gives. It is not defined where chance alone would agree in
everything: where both only ever said one and the same thing.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from curate.agreement.coefficient import RESAMPLES, SEED, Coefficient, Table, one_minus, percentiles
from schemas.arrays import Floats

Weights = Literal["none", "linear", "quadratic"]


def cross_table(left: Sequence[int], right: Sequence[int], categories: int) -> Table:
    """`table[i, j]`: how often the left one said `i` and the right one `j`, both from 0 on."""
    flat = np.asarray(left, np.int64) * categories + np.asarray(right, np.int64)
    return np.bincount(flat, minlength=categories**2).reshape(categories, categories).astype(np.int64)


def kappa(table: Table, weights: Weights = "none", *, seed: int = SEED) -> Coefficient:
    """κ of a square cross table. The interval is over 2,000 resamples of the examples; those in which κ is
    not defined are left out. Where one of the two always says the same, κ is 0 whatever the other says, and
    has no interval."""
    n = int(table.sum())
    if n == 0:
        return Coefficient(None, None, None, 0, None)
    value = float(kappas(table[np.newaxis].astype(np.float64), weights)[0])
    observed = float(np.trace(table) / n)
    if np.isnan(value):
        return Coefficient(None, None, None, n, observed)
    if n in (*table.sum(axis=0), *table.sum(axis=1)):
        return Coefficient(value, None, None, n, observed)
    drawn = np.random.default_rng(seed).multinomial(n, table.ravel() / n, size=RESAMPLES)
    resampled = kappas(drawn.reshape(-1, *table.shape).astype(np.float64), weights)
    return Coefficient(value, *percentiles(resampled), n, observed)


def kappas(tables: Floats, weights: Weights = "none") -> Floats:
    """κ of each of several tables; NaN where it is not defined."""
    weigh = _weights(tables.shape[-1], weights)
    totals = tables.sum(axis=(1, 2))
    by_chance = tables.sum(axis=2)[:, :, np.newaxis] * tables.sum(axis=1)[:, np.newaxis, :]
    disagreed = (tables * weigh).sum(axis=(1, 2)) * totals
    expected = (by_chance * weigh).sum(axis=(1, 2))
    return one_minus(disagreed, expected)


def _weights(categories: int, weights: Weights) -> Floats:
    places = np.arange(categories, dtype=np.float64)
    apart = np.abs(places[:, np.newaxis] - places[np.newaxis, :])
    if weights == "none":
        return (apart > 0).astype(np.float64)
    return apart if weights == "linear" else apart**2
