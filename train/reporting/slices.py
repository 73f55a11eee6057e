"""Losses of base and adapter by split, source, tag and length, each gain with a paired bootstrap interval."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from train.evaluation.resampling import FEWEST_GROUPS
from train.paired import Difference, difference
from train.reporting.measured import Measured

if TYPE_CHECKING:
    import pandas as pd

By = Literal["split", "source", "tag", "length"]
MOST = 20  # sources and tags that are listed, the largest first; of few examples no interval can be given
_QUANTILES = 5


@dataclass(frozen=True, slots=True)
class Slice:
    """Examples alike in something. `base` and `gain` (base less adapter, over the examples that both models
    measured) are None where the base model was not measured. Losses are Σ nll / Σ tokens."""

    by: By
    name: str
    split: str
    examples: int
    tokens: int
    base: float | None
    loss: float
    gain: Difference | None


@dataclass(frozen=True, slots=True)
class Slices:
    """`held_out` is the split that sources, tags and lengths are told of: test, else validation, else train.
    `more`: by what, how many slices are not listed."""

    held_out: str
    splits: tuple[Slice, ...]
    slices: tuple[Slice, ...]
    more: dict[str, int]


def slices(found: Measured) -> Slices:
    held_out = next(split for split in ("test", "validation", *found.splits) if split in found.splits)
    rows = found.of(held_out)
    listed: list[Slice] = []
    more: dict[str, int] = {}
    for by, names in (("source", _sources(rows)), ("tag", _tags(rows))):
        counts = Counter(name for own in names for name in own)
        large = (name for name in counts if counts[name] >= FEWEST_GROUPS)
        chosen = sorted(large, key=lambda name: (-counts[name], name))[:MOST]
        more[by] = len(counts) - len(chosen)
        for name in chosen:
            member = np.array([name in own for own in names], dtype=bool)
            listed.append(_slice(rows[member], "source" if by == "source" else "tag", name, held_out))
    listed += (_slice(part, "length", name, held_out) for name, part in _lengths(rows))
    return Slices(
        held_out=held_out,
        splits=tuple(_slice(found.of(split), "split", split, split) for split in found.splits),
        slices=tuple(listed),
        more={by: n for by, n in more.items() if n},
    )


def _slice(rows: "pd.DataFrame", by: By, name: str, split: str) -> Slice:
    both = rows[rows["base_nll"].notna()]
    gain = base = None
    if len(both):
        tokens = both["n_tokens"].to_numpy(np.float64)
        gain = difference((both["base_nll"] - both["nll"]).to_numpy(np.float64), tokens, list(both["group"]))
        base = float(both["base_nll"].sum() / tokens.sum())
    total = int(rows["n_tokens"].sum())
    return Slice(by, name, split, len(rows), total, base, float(rows["nll"].sum() / total), gain)


def _sources(rows: "pd.DataFrame") -> list[tuple[str, ...]]:
    return [(source,) if source else () for source in rows["source"]]


def _tags(rows: "pd.DataFrame") -> list[tuple[str, ...]]:
    return list(rows["tags"])


def _lengths(rows: "pd.DataFrame") -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Up to five ranges of about equally many examples, by trained tokens."""
    tokens: NDArray[np.int64] = rows["n_tokens"].to_numpy(np.int64)
    edges = np.unique(np.quantile(tokens, np.linspace(0, 1, _QUANTILES + 1), method="lower"))
    for low, high in pairwise(edges.tolist()):
        last = high == edges[-1]
        part = rows[(tokens >= low) & ((tokens <= high) if last else (tokens < high))]
        if len(part):
            words = f"{low:,} to {high if last else high - 1:,}"
            yield words if low < (high if last else high - 1) else f"{low:,}", part
