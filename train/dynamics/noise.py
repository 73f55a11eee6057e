"""One rank of how likely an example is wrong, out of parts that say why.

Each part is a share between 0 and 1: how many examples of the same split are less suspicious by it, once what
the length of the answer explains is taken off. The rank is the mean of the parts that were measured (Borda's
count), each with the same weight: none was fitted to anything.

Gain is no part of it. What the base model finds absurd has the most to gain, so that a wrong answer that was
half learned by heart gains more than a right one that the base knew: docs/dynamics.md has the figures.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd  # half a second, which the review's start need not wait for

PARTS = {
    "late": "its loss at the end",
    "slow": "how unsure the model was of it over the epochs",
    "token": "the loss of its worst token at the end",
    "first": "its loss when first seen, against the examples seen around it",
}
_AROUND = 64  # examples seen about the same time


def noise(
    suspicion: Mapping[str, Floats], split: NDArray[np.str_], n_tokens: NDArray[np.int64]
) -> "pd.DataFrame":
    """Columns `noise` and `noise_<part>`, a row per example; NaN where unknown. `suspicion` gives for each
    part a number that is higher the more suspicious an example is by it."""
    import pandas as pd

    parts = pd.DataFrame(
        {f"noise_{name}": _by_split(values, split, n_tokens) for name, values in suspicion.items()}
    )
    return pd.concat([parts.mean(axis=1).rename("noise"), parts], axis=1)


def against_its_time(loss: Floats, step: Floats) -> Floats:
    """A loss seen in training less the median of those seen about the same time: the model moves fast at the
    beginning, so that early examples would stand above late ones. NaN where not seen."""
    import pandas as pd

    known = np.flatnonzero(~np.isnan(loss))
    order = known[np.argsort(step[known], kind="stable")]
    times = pd.Series(np.arange(len(order)) // _AROUND)
    seen = pd.Series(loss[order])
    relative = np.full(len(loss), np.nan)
    relative[order] = seen - seen.groupby(times).transform("median")
    return relative


def _by_split(values: Floats, split: NDArray[np.str_], n_tokens: NDArray[np.int64]) -> Floats:
    ranked = np.full(len(values), np.nan)
    for name in np.unique(split):
        rows = np.flatnonzero((split == name) & ~np.isnan(values))
        ranked[rows] = _beyond_length(values[rows], n_tokens[rows])
    return ranked


def _beyond_length(values: Floats, n_tokens: NDArray[np.int64]) -> Floats:
    """Shares of lower values, after the straight line through (share by length, share by value) is taken off:
    a partial rank. Short answers have a high loss for the few words that open them, and the worst token of
    a long one is the worst of many; a line takes off that much and no more, so that wrong answers which are
    all short still stand out."""
    share, length = _share_below(values) - 0.5, _share_below(n_tokens) - 0.5
    spread = float(length @ length)
    return _share_below(share - (share @ length / spread) * length) if spread else share + 0.5


def _share_below(values: NDArray[np.generic]) -> Floats:
    """The share of all that are lower; equal ones count half. Equal up to rounding is equal."""
    import pandas as pd

    ranks = pd.Series(np.round(values.astype(np.float64), 12)).rank().to_numpy()
    return np.asarray((ranks - 0.5) / max(len(ranks), 1))
