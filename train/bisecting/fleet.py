"""The runs of a bisect's arms, seed by seed: which seeds, which data, and what is said while they train."""

import math
from collections.abc import Sequence

from curate.version import DatasetVersion
from schemas.visible import visible_line
from train.bisecting.arms import Arms
from train.bisecting.record import GroupRecord
from train.bisecting.runs import Runs, Words
from train.bisecting.search import NOTHING, Groups, Question
from train.store import Run


class Fleet:
    """`every`: all groups, by their place in `groups`. `seeds`: in the order in which arms get them, more as
    they are asked for. `count`: how many each arm has at least."""

    def __init__(
        self, groups: Sequence[GroupRecord], arms: Arms, runs: Runs, first_seed: int, count: int
    ) -> None:
        self.every: Groups = frozenset(range(len(groups)))
        self.count = count
        self._groups, self._arms, self._runs, self._first_seed = groups, arms, runs, first_seed
        self._versions: dict[Groups, DatasetVersion] = {}
        self._trained: dict[Groups, list[Run]] = {}
        standing = runs.seeds(self.version(NOTHING), self.version(self.every))
        self.seeds = standing[:count]

    def version(self, back: Groups) -> DatasetVersion:
        if back not in self._versions:
            rows = [row for at in sorted(back) for row in self._groups[at].rows]
            self._versions[back] = self._arms.version(rows)
        return self._versions[back]

    def standing(self, back: Groups) -> Sequence[Run]:
        """What was asked for so far, by seed."""
        return self._trained.get(back, ())

    def runs(self, back: Groups, seeds: int, question: Question | None = None) -> Sequence[Run]:
        """Of the first so many seeds, or more where there are; trained where they do not stand."""
        while len(self.seeds) < seeds:
            self.seeds.append(self._unused_seed())
        version = self.version(back)
        own = self._trained.setdefault(back, [])
        done = sum(bool(runs) for runs in self._trained.values()) - bool(own)
        # B, A's data, then a halving each; the proof is mostly the last of them.
        ahead = halvings(len(question.among) if question else len(self._groups)) + (back == NOTHING)
        for at in range(len(own), seeds):
            seed = self.seeds[at]
            words = Words(
                f"arm {done + 1} of about {done + 1 + ahead}, seed {seed}: {self._named(back)}",
                (ahead + 1) * self.count - min(at, self.count - 1) - 1,
            )
            # B's and A's data are reruns that an audit learns the noise from: of all splits.
            own.append(self._runs.of(version, seed, words, whole=back in (NOTHING, self.every)))
        return own

    def _unused_seed(self) -> int:
        seed = self._first_seed
        while seed in self.seeds:
            seed += 1
        return seed

    def _named(self, back: Groups) -> str:
        if not back:
            return "B's data"
        if back == self.every:
            return "A's data"
        names = [visible_line(self._groups[at].name) for at in sorted(back)]
        return f"put back {', '.join(names[:3])}{f' and {len(names) - 3} more' if names[3:] else ''}"


def halvings(groups: int) -> int:
    return math.ceil(math.log2(max(1, groups)))
