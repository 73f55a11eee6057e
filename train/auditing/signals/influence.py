"""gradient: which of the changed rows push the examples that got worse.

TracIn (Pruthi et al. 2020, arXiv:2002.08484) sums, over checkpoints and with their learning rates, the
product of a training row's gradient and a test example's. Here it is the cosine in place of the product,
since rows with a large loss would lead any list otherwise; of what is trained, over the early checkpoints;
and the examples that got worse are one direction, the sum of their gradients by how far each rose.

A row that B was trained on counts with minus its cosine: a step along it raises their loss. One that A was
trained on, and B not, counts with its cosine: B went without a step that lowers it. An edit is both.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from schemas.arrays import Floats
from schemas.errors import UsageError
from schemas.example import Example
from train.auditing.signals.asking import AskedRow, key_of
from train.auditing.signals.gradients import Direction
from train.auditing.signals.kept import Kept
from train.auditing.signals.loaded import Loaded, Moment
from train.auditing.signals.question import Question, Side
from train.progress import Tick

_VERSION = "gradient/1"
_SIGNS: Mapping[Side, float] = {"before": 1.0, "after": -1.0}


class Influence:
    """The cosines of one question, at B's early checkpoints. `missing`: the passes that have to be made, none
    where all is kept of an earlier audit. Raises as `Loaded` does."""

    def __init__(self, question: Question, loaded: Loaded, cache: Path) -> None:
        self._question = question
        self._loaded = loaded
        self._moments = loaded.moments()
        worse = zip(loaded.rows(question.worse), question.weights.tolist(), strict=True)
        self._worse = [(row, weight) for row, weight in worse if row is not None]
        if not self._worse:
            raise UsageError("B cannot read the examples that got worse", "look at train.max_length")
        asked = [part for row, weight in self._worse for part in (key_of(row), repr(weight))]
        same = (_VERSION, loaded.identity, *asked)
        self._kept = [Kept(cache, *same, moment.sha256) for moment in self._moments]

    @cached_property
    def _sides(self) -> Mapping[Side, list[AskedRow | None]]:
        return {side: self._tokens(self._question.trained(side)) for side in _SIGNS}

    def _tokens(self, listed: Sequence[Example | None]) -> list[AskedRow | None]:
        rows = iter(self._loaded.rows([one for one in listed if one is not None]))
        return [None if one is None else next(rows) for one in listed]

    @cached_property
    def _rows(self) -> dict[str, AskedRow]:
        """All that are asked for, by their key."""
        return {key_of(row): row for side in self._sides.values() for row in side if row is not None}

    def _left(self, kept: Kept) -> list[AskedRow]:
        return [row for key, row in self._rows.items() if key not in kept.values]

    @property
    def missing(self) -> list[AskedRow]:
        """A row for each pass."""
        worse = [row for row, _ in self._worse]
        each = [self._left(kept) for kept in self._kept]
        return [row for left in each if left for row in (*worse, *left)]

    def measure(self, tick: Tick) -> None:
        """Measures what is missing. `tick` is told of each pass."""
        for moment, kept in zip(self._moments, self._kept, strict=True):
            left = self._left(kept)
            if left:
                self._measure(moment, kept, left, tick)

    def _measure(self, moment: Moment, kept: Kept, left: Sequence[AskedRow], tick: Tick) -> None:
        gradients = self._loaded.gradients(moment.folder)
        rows, weights = zip(*self._worse, strict=True)
        direction: Direction = gradients.direction(rows, np.array(weights), tick)
        for indices, cosines in gradients.cosines(left, direction):
            kept.add({key_of(left[i]): cosine for i, cosine in zip(indices, cosines, strict=True)})
            tick(len(indices))

    def values(self) -> Floats:
        """By candidate, -2 to 2; NaN for what B could not have trained on."""
        rates = np.array([moment.rate for moment in self._moments])
        rates = rates if rates.sum() > 0 else np.ones(len(rates))
        cosines = {
            key: float(rates @ [kept.values[key] for kept in self._kept] / rates.sum()) for key in self._rows
        }
        found = np.zeros(len(self._question.candidates))
        for side, sign in _SIGNS.items():
            trained = self._question.trained(side)
            for at, (example, row) in enumerate(zip(trained, self._sides[side], strict=True)):
                if example is not None:
                    found[at] += np.nan if row is None else sign * cosines[key_of(row)]
        return found
