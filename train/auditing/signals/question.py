"""Question: which of the changed training rows may have made these examples worse?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from schemas.arrays import Floats
from schemas.example import Example
from train.auditing.changes import Changes
from train.reporting.measured import Measured

Side = Literal["before", "after"]


@dataclass(frozen=True)
class Question:
    """`candidates`: ids of the changed training rows. `worse`: examples that got worse, `rises` how far the
    nll of each rose, in nats, above 0. `known_a`: what A measured."""

    candidates: tuple[str, ...]
    changes: Changes
    worse: tuple[Example, ...]
    rises: Floats
    known_a: Measured

    @cached_property
    def weights(self) -> Floats:
        """Of `worse`: their shares in the rise, which sum to 1."""
        rises = np.maximum(self.rises, 0.0)
        shares: Floats = rises / rises.sum()
        return shares

    def trained(self, side: Side) -> list[Example | None]:
        """What A (`before`) or B (`after`) was trained on of each candidate; None where it was not."""
        of = self.changes.before if side == "before" else self.changes.after
        found = (of.get(name) for name in self.candidates)
        return [one if one is not None and one.split == "train" else None for one in found]


Signal = Callable[[Question], Floats]
"""A number for each candidate, the higher the more suspect, NaN where it has nothing to say."""


def gathered(listed: list[Example | None], values: Iterator[float]) -> Floats:
    """`values` of those that are there, in their places; NaN elsewhere."""
    return np.array([np.nan if one is None else next(values) for one in listed], dtype=np.float64)
