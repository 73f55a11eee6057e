"""Slices of a set: examples of one source, with one tag, with references about as long."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from train.evaluation.marking import Flags
from train.evaluation.metrics.words import words
from train.evaluation.sitting import Sat

_MOST = 50  # sources, or tags, the commonest first


@dataclass(frozen=True, slots=True)
class Cut:
    """`items`: which of the set's items are in it."""

    by: Literal["source", "tag", "length"]
    value: str
    items: Flags


def slices(sat: Sat) -> Iterator[Cut]:
    """All but those that are the whole set."""
    items = sat.items
    for source in _common([[item.example.source] for item in items]):
        yield from _part("source", source, np.array([item.example.source == source for item in items]))
    for tag in _common([list(item.example.tags) for item in items]):
        yield from _part("tag", tag, np.array([tag in item.example.tags for item in items]))
    yield from _by_length(sat)


def _by_length(sat: Sat) -> Iterator[Cut]:
    """Thirds by the words of the reference."""
    lengths = np.array([len(words(sat.references[i.example.example_id, i.turn])) for i in sat.items])
    low, high = np.quantile(lengths, [1 / 3, 2 / 3], method="lower").astype(int).tolist()
    yield from _part("length", f"up to {low} words", lengths <= low)
    if low < high:
        yield from _part("length", f"{low + 1} to {high} words", (lengths > low) & (lengths <= high))
    yield from _part("length", f"over {high} words", lengths > high)


def _common(values: list[list[str]]) -> list[str]:
    counts = Counter(value for each in values for value in set(each))
    return [value for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST]]


def _part(by: Literal["source", "tag", "length"], value: str, items: Flags) -> Iterator[Cut]:
    if items.any() and not items.all():
        yield Cut(by, value, items)
