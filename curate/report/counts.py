"""What some rows add to a report: few numbers, which can be kept for rows that stay the same."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt

from curate.report.facts import Arrays, RowFacts, names_of
from schemas.arrays import Ints

Names = npt.NDArray[np.bytes_]  # UTF-8
Counted = list[tuple[str, int]]  # names by first appearance

_WORDS = (5, 10, 25, 50, 100, 200, 400, 800, 1600)
EDGES: Mapping[str, tuple[int, ...]] = {
    "prompt": _WORDS,
    "answer": _WORDS,
    "tokens": (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192),
    "turns": (2, 3, 4, 6, 11),
}
"""Of the histograms of a row's numbers (`RowFacts`)."""


@dataclass(slots=True)
class Histogram:
    """Counts of values below each edge, and from the last one on; none where there was no value."""

    edges: tuple[int, ...]
    counts: list[int] = field(default_factory=list)
    total: int = 0
    most: int = 0

    def add(self, values: Ints) -> None:
        if len(values):
            bins = np.searchsorted(self.edges, values, side="right")
            counts = np.bincount(bins, minlength=len(self.edges) + 1)
            self.merge(counts.tolist(), int(values.sum()), int(values.max()))

    def merge(self, counts: Sequence[int], total: int, most: int) -> None:
        """More values, of which that many are in each bin; their sum, and the greatest."""
        self.counts = [a + b for a, b in zip(self.counts or [0] * len(counts), counts, strict=True)]
        self.total += total
        self.most = max(self.most, most)


@dataclass(frozen=True, slots=True)
class Counts:
    """`sources` are rows by source and split, `words` those of each source. `lengths` are the counts, sum and
    maximum of each of EDGES, empty without rows."""

    sources: list[tuple[str, str, int]]
    words: Counted
    origins: Counted
    tags: Counted
    flags: Counted
    lengths: dict[str, tuple[list[int], int, int]]

    KEY = f"counts/1/{RowFacts.key}/{EDGES}"

    @classmethod
    def of(cls, facts: Arrays, splits: Names, more_flags: Mapping[int, Sequence[str]]) -> "Counts":
        """Of rows by their facts, each row's split, and the flags of rows that their facts do not have."""
        words = facts["prompt"] + facts["answer"]
        lengths = {}
        for name, edges in EDGES.items():
            histogram = Histogram(edges)
            histogram.add(facts[name])
            if histogram.counts:
                lengths[name] = (histogram.counts, histogram.total, histogram.most)
        return cls(
            [
                (source, split.decode(), count)
                for split in np.unique(splits).tolist()
                for source, count in _counted(facts["source"][splits == split])
            ],
            [(source, int(words[at].sum())) for source, at in _grouped(facts["source"])],
            list(_counted(facts["origin"])),
            list(_counted(facts["tags"])),
            _flags(facts, more_flags),
            lengths,
        )

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of_bytes(cls, data: bytes) -> "Counts":
        return cls(**json.loads(data))


def _flags(facts: Arrays, more: Mapping[int, Sequence[str]]) -> Counted:
    found = dict(_counted(facts["flags"]))
    own = names_of(facts, "flags") if more else []
    for at, flags in more.items():
        for flag in dict.fromkeys(flags):
            if flag not in own[at]:
                found[flag] = found.get(flag, 0) + 1
    return list(found.items())


def _grouped(names: Names) -> Iterator[tuple[str, Ints]]:
    """The different names by first appearance, and where each stands."""
    different, first, which = np.unique(names, return_index=True, return_inverse=True)
    for number in np.argsort(first).tolist():
        yield different[number].decode("utf-8", "surrogatepass"), np.flatnonzero(which == number)


def _counted(names: Names) -> Iterator[tuple[str, int]]:
    """The different names by first appearance, and how often each stands there."""
    different, first, counts = np.unique(names, return_index=True, return_counts=True)
    for number in np.argsort(first).tolist():
        yield different[number].decode("utf-8", "surrogatepass"), int(counts[number])
