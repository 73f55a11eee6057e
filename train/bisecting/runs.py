"""Runs by data and seed, each found or trained once, as far as a budget goes."""

import time
from dataclasses import dataclass, field

from curate.version import DatasetVersion
from train.bisecting.showing import Shown
from train.bisecting.training import Training
from train.store import Run


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be trained before it stops; a run that is begun is ended. None for as much as it takes."""

    runs: int | None = None
    minutes: float | None = None
    began: float = field(default_factory=time.monotonic)

    def spent(self, trained: int) -> bool:
        over = self.minutes is not None and time.monotonic() - self.began >= self.minutes * 60
        return over or (self.runs is not None and trained >= self.runs)


class OutOfBudget(Exception):
    """The next run may not be begun."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a run that is trained. `ahead`: how many are expected after it."""

    said: str
    ahead: int


class Runs:
    """`trained` and `reused` count runs of this process's asking."""

    def __init__(self, training: Training, budget: Budget, shown: Shown) -> None:
        self._training, self._budget, self._shown = training, budget, shown
        self._known: dict[tuple[str, int], Run] = {}
        self._reused: set[str] = set()

    @property
    def trained(self) -> int:
        return self._training.trained

    @property
    def reused(self) -> int:
        return len(self._reused)

    def seeds(self, *versions: DatasetVersion) -> list[int]:
        """Of runs that stand, as `Training.seeds`."""
        return self._training.seeds(*versions)

    def of(self, version: DatasetVersion, seed: int, words: Words, *, whole: bool) -> Run:
        """`whole`: where it is trained, its train split is measured, too. Raises OutOfBudget, Interrupted."""
        key = version.version, seed
        if key not in self._known:
            standing = self._training.standing(version, seed)
            if standing is not None:
                self._reused.add(standing.id)
            self._known[key] = standing or self._train(version, seed, words, whole)
        return self._known[key]

    def _train(self, version: DatasetVersion, seed: int, words: Words, whole: bool) -> Run:
        if self._budget.spent(self.trained):
            raise OutOfBudget
        with self._shown.run(words.said, words.ahead) as progress:
            return self._training.train(version, seed, progress, whole=whole)
