"""What columns of decisions come to: which are in force, and which rows they leave in conflict."""

import numpy as np
from numpy.typing import NDArray

from tui.model.corpus import Mask, Rows


def in_force(seqs: Rows, undoes: Rows, undos: Rows | None = None) -> Mask:
    """Decisions that are no undos, and that nothing of `undos` takes back; of all, where it is None.
    `undoes` is the seq that each takes back, or 0."""
    return np.asarray((undoes == 0) & ~np.isin(seqs, undoes if undos is None else undos))


def conflicts(rows: Rows, who: NDArray[np.int32], said: NDArray[np.int64], settles: Mask) -> Rows:
    """Of verdicts in force, oldest first: the rows on whose latest verdict, since the last that `settles`,
    annotators differ. `said` is equal where verdicts are."""
    order = np.argsort(rows, kind="stable")
    counts = order[~_before_last(rows[order], settles[order])]
    order = counts[np.lexsort((counts, who[counts], rows[counts]))]
    rows, who, said = rows[order], who[order], said[order]
    last = np.ones(len(rows), dtype=np.bool_)
    last[:-1] = (rows[1:] != rows[:-1]) | (who[1:] != who[:-1])
    rows, said = rows[last], said[last]
    return np.unique(rows[1:][(rows[1:] == rows[:-1]) & (said[1:] != said[:-1])])


def _before_last(groups: Rows, marked: Mask) -> Mask:
    """Places of sorted groups that stand before the last one marked in their group."""
    if not marked.any():
        return np.zeros(len(groups), dtype=np.bool_)
    at = np.where(marked, np.arange(len(groups)), -1)
    bounds = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    last = np.maximum.reduceat(at, bounds)
    sizes = np.diff(bounds, append=len(groups))
    return np.asarray(np.arange(len(groups)) < np.repeat(last, sizes))
