"""Agreement of several annotators at once: Fleiss' κ and Krippendorff's α, for categories without an order.

Both begin with counts: row `u` says how many annotators put example `u` into each category. Which of them it
was plays no part.

Fleiss' κ (Psychological Bulletin 76, 1971) wants the same number of annotators on every example. α
(Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011) takes any number from two on, so that an
annotator may have judged some of the examples only; it also corrects for a small number of examples.
"""

from collections.abc import Callable

import numpy as np

from curate.agreement.coefficient import RESAMPLES, SEED, Coefficient, Table, one_minus, percentiles
from schemas.arrays import Floats

_Share = tuple[Floats, Floats]  # of disagreement seen and of disagreement by chance, one a resample


def alpha(counts: Table, *, seed: int = SEED) -> Coefficient:
    """Krippendorff's nominal α. Examples that fewer than two judged are left out."""
    return _coefficient(counts[counts.sum(axis=1) > 1], _alpha_shares, seed)


def fleiss(counts: Table, annotators: int, *, seed: int = SEED) -> Coefficient:
    """Fleiss' κ over the examples that all `annotators` judged."""
    together = counts[counts.sum(axis=1) == annotators] if annotators > 1 else counts[:0]
    return _coefficient(together, _fleiss_shares, seed)


def _coefficient(counts: Table, shares: Callable[[Floats, Floats], _Share], seed: int) -> Coefficient:
    """Examples with equal counts are one pattern: a resample only says how often each pattern is drawn."""
    n = len(counts)
    if n == 0:
        return Coefficient(None, None, None, 0, None)
    patterns, often = np.unique(counts, axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(n, often / n, size=RESAMPLES)
    seen, expected = shares(patterns.astype(np.float64), np.vstack([often, drawn]).astype(np.float64))
    found = one_minus(seen, expected)
    if np.isnan(found[0]):
        return Coefficient(None, None, None, n, float(1 - seen[0]))
    return Coefficient(float(found[0]), *percentiles(found[1:]), n, float(1 - seen[0]))


def _alpha_shares(patterns: Floats, often: Floats) -> _Share:
    judged = patterns.sum(axis=1)
    agreeing = (patterns * (patterns - 1)).sum(axis=1) / (judged - 1)
    values = often @ patterns
    total = values.sum(axis=1)
    seen = 1 - (often @ agreeing) / total
    return seen, 1 - (values * (values - 1)).sum(axis=1) / (total * (total - 1))


def _fleiss_shares(patterns: Floats, often: Floats) -> _Share:
    judged = patterns.sum(axis=1)
    agreeing = (patterns * (patterns - 1)).sum(axis=1) / (judged * (judged - 1))
    used = often @ patterns
    used /= used.sum(axis=1, keepdims=True)
    return 1 - (often @ agreeing) / often.sum(axis=1), 1 - (used**2).sum(axis=1)
