"""What a course of losses says of each example: functions of arrays, a row per example, a column per moment.

Data maps after Swayamdipta et al. 2020 (Dataset Cartography), learned and forgotten after Toneva et al. 2019
(An Empirical Study of Example Forgetting), both made for classes and said here for answers of many tokens.
NaN where too little was measured.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from train.dynamics.course import Course, Moments

REGIONS = ("easy", "ambiguous", "hard")


def trajectory(course: Course) -> tuple[Moments, NDArray[np.bool_]]:
    """The moments that an example is followed through, and which rows are followed by snapshots.

    Snapshots, in eval mode and all of one model, where a split has as many as epochs were seen; else what was
    seen in training. One way for all rows of a split, so that they can be compared.
    """
    by_snapshot = np.zeros(len(course), dtype=np.bool_)
    for split in np.unique(course.split):
        rows = course.split == split
        whole = _columns(course.snapshots, rows)
        by_snapshot[rows] = 0 < whole >= _columns(course.seen, rows)
    if by_snapshot.all():
        return course.snapshots, by_snapshot
    if not by_snapshot.any():
        return course.seen, by_snapshot
    return joined(course.snapshots.only(by_snapshot), course.seen.only(~by_snapshot)), by_snapshot


def joined(one: Moments, other: Moments) -> Moments:
    """The columns of both in the order of time."""
    order = np.argsort(np.concatenate([one.epoch, other.epoch]), kind="stable")
    pairs = (
        (one.loss, other.loss),
        (one.correct, other.correct),
        (one.max_token_nll, other.max_token_nll),
        (one.step, other.step),
    )
    return Moments(
        np.concatenate([one.epoch, other.epoch])[order],
        *(np.concatenate([a, b], axis=1)[:, order] for a, b in pairs),
    )


def confidence(moments: Moments) -> Floats:
    """Mean over time of exp(−loss): the geometric mean probability of the answer's tokens, so that a long
    answer is not less sure for being long."""
    return mean(np.exp(-moments.loss))


def variability(moments: Moments) -> Floats:
    """Standard deviation over time of what `confidence` is the mean of; needs two moments."""
    sure = np.exp(-moments.loss)
    around = mean((sure - mean(sure)[:, None]) ** 2)
    return np.where(moments.known.sum(axis=1) > 1, np.sqrt(around), np.nan)


def correctness(moments: Moments) -> Floats:
    """Mean over time of the share of the answer's tokens that were the model's first choice."""
    return mean(moments.correct)


def regions(sure: Floats, varies: Floats, like: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The index in REGIONS, −1 where unknown. Ambiguous: among the most variable third; of the others, easy
    where the confidence is at least the median of all, hard below. Thirds and median are those of the rows in
    `like`. The paper's three regions overlap; these do not."""
    known = ~np.isnan(varies)
    where = np.full(len(sure), -1, dtype=np.int8)
    reference = known & like if (known & like).any() else known
    if not reference.any():
        return where
    ambiguous = known & (varies > np.quantile(varies[reference], 2 / 3))
    easy = known & ~ambiguous & (sure >= np.median(sure[reference]))
    where[known] = REGIONS.index("hard")
    where[easy] = REGIONS.index("easy")
    where[ambiguous] = REGIONS.index("ambiguous")
    return where


def learned(moments: Moments) -> Floats:
    """The epoch of the first moment at which every token of the answer was the model's first choice, so that
    it would have said this answer word for word; NaN where that never was."""
    right = moments.correct >= 1
    ever = right.any(axis=1)
    return np.where(ever, moments.epoch[right.argmax(axis=1)], np.nan) if right.size else _nothing(moments)


def forgettings(moments: Moments) -> Floats:
    """How often the whole answer was right at one moment and not at the next."""
    right = _carried(moments.correct) >= 1
    lost = (right[:, :-1] & ~right[:, 1:]).sum(axis=1).astype(np.float64)
    return np.where(moments.known.sum(axis=1) > 1, lost, np.nan)


def forgotten(moments: Moments) -> Floats:
    """The share of the answer's tokens that were right at one moment and not at the next, summed over time:
    at least so many, as only their number is recorded. Tells of long answers, which are seldom all right."""
    carried = _carried(moments.correct)
    drops = np.nan_to_num(np.clip(carried[:, :-1] - carried[:, 1:], 0, None))
    return np.where(moments.known.sum(axis=1) > 1, drops.sum(axis=1), np.nan)


def slope(moments: Moments) -> Floats:
    """Least squares slope of the loss over the epochs, in nats per token and epoch; needs two moments."""
    known = moments.known
    epoch = np.where(known, moments.epoch[None, :], np.nan)
    off = epoch - mean(epoch)[:, None]
    spread = np.nansum(off**2, axis=1)
    together = np.nansum(off * moments.loss, axis=1)
    return quotient(together, spread)


def last(values: Floats) -> Floats:
    """The last of each row that was measured."""
    found = np.full(len(values), np.nan)
    for column in values.T:
        np.copyto(found, column, where=~np.isnan(column))
    return found


def first(values: Floats) -> Floats:
    """The first of each row that was measured."""
    return last(values[:, ::-1])


def lowest(values: Floats) -> Floats:
    """The least of each row."""
    least = np.min(values, axis=1, initial=np.inf, where=~np.isnan(values))
    return np.where(np.isinf(least), np.nan, least)


def mean(values: Floats) -> Floats:
    """By row, over what is known, without numpy's warning for rows where nothing is."""
    counts = (~np.isnan(values)).sum(axis=1)
    return quotient(np.nansum(values, axis=1), counts)


def quotient(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """NaN where `whole` is not above 0."""
    divided: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return divided


def _carried(values: Floats) -> Floats:
    """Unknown entries filled with the known one before them."""
    at = np.where(np.isnan(values), 0, np.arange(values.shape[1])[None, :])
    return np.take_along_axis(values, np.maximum.accumulate(at, axis=1), axis=1)


def _columns(moments: Moments, rows: NDArray[np.bool_]) -> int:
    """In how many moments some of these rows were measured."""
    return int(moments.known[rows].any(axis=0).sum())


def _nothing(moments: Moments) -> Floats:
    return np.full(len(moments.loss), np.nan)
