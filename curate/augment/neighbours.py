"""Children against all splits and each other: which stand too near to something that is not their family.

Two texts are near as in dedup: Jaccard similarity of word n-gram sets over user and assistant text. A child
that rewrites its parent shares a side of it, so parent and siblings are its family and do not count by that
measure; siblings are near where their prompts are and their answers are, too. A new example, written after
seeds, has no family: it must stand apart from them as from everyone.

Of rows and children alike features are compared; texts are read of the few that are near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.augment.children import Children
from curate.augment.kin import KinFeature
from curate.augment.plan import TRAIN
from curate.leaks import PromptsFeature
from curate.similarity.features import Part, ShingleFeature
from curate.similarity.index import near_pairs
from curate.similarity.shingles import FEW, Shingles, jaccard
from curate.similarity.words import words
from schemas.recipe import Dedup
from schemas.stage import ColumnFeature, Rows


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a child stands too near to. `reason` is `near_duplicate` or `leak:<split>`."""

    reason: str
    matched_id: str
    jaccard: float


def too_near(rows: Rows, children: Children, settings: Dedup) -> dict[int, Neighbour]:
    """By place among the children. Of two children that are near each other the later one is named, so that
    one of them stays; a leak is named before a duplicate, and the nearest neighbour before others."""
    found: dict[int, Neighbour] = {}
    beside_rows: dict[int, list[Neighbour]] = {}
    earlier: dict[int, list[tuple[int, float]]] = {}
    everyone = _Everyone(rows, children)
    for index, other, score in _near(everyone, settings):
        if other < len(rows):
            split = everyone.split(other)
            reason = "near_duplicate" if split == TRAIN else f"leak:{split}"
            beside_rows.setdefault(index, []).append(Neighbour(reason, everyone.id(other), score))
        else:
            earlier.setdefault(index, []).append((other - len(rows), score))
    for index in range(len(children)):
        close = beside_rows.get(index, [])
        close += [
            Neighbour("near_duplicate", everyone.id(len(rows) + other), score)
            for other, score in earlier.get(index, ())
            if other not in found
        ]
        if close:
            found[index] = min(close, key=lambda n: (n.reason == "near_duplicate", -n.jaccard, n.matched_id))
    return found


class _Everyone:
    """The rows and, behind them, the children, by what is known of them without their texts."""

    def __init__(self, rows: Rows, children: Children) -> None:
        self.rows = rows
        self.children = children
        self.ids = np.concatenate([rows.column("example_id"), children.ids()])
        self._splits = rows.column("split")
        kin = KinFeature()
        parts = [*rows.features(kin), *_of_children(kin, children)]
        self._parents = np.concatenate([part["parent"] for part in parts])
        self._invented = np.concatenate([part["invented"] for part in parts])

    def __len__(self) -> int:
        return len(self.ids)

    def id(self, at: int) -> str:
        return str(self.ids[at].decode())

    def parent(self, at: int) -> str:
        return str(self._parents[at].decode())

    def split(self, at: int) -> str:
        return str(self._splits[at].decode()) if at < len(self.rows) else TRAIN

    def family(self, other: int, child: int) -> bool:
        if self.split(other) != TRAIN or self._invented[other] or self._invented[child]:
            return False
        return self.parent(child) in (self.id(other), self.parent(other) or None)

    def shingles(self, n: int) -> Shingles:
        """Of what is said."""
        feature = ShingleFeature("spoken", n, len(self) >= FEW)
        parts = chain(self.rows.features(feature), _of_children(feature, self.children))
        return Shingles.joined(parts, len(self))

    def asked(self) -> Iterator[tuple[int, int]]:
        """A child and a validation or test row that ask the same: the leak certificate counts those, too."""
        feature = PromptsFeature()
        held_out: dict[int, int] = {}
        row = 0
        for part in self.rows.features(feature):
            for prompt in part["prompt"].tolist():
                if prompt and self.split(row) != TRAIN:
                    held_out[prompt] = row
                row += 1
        prompts = (p for part in _of_children(feature, self.children) for p in part["prompt"].tolist())
        return ((at, held_out[prompt]) for at, prompt in enumerate(prompts) if prompt in held_out)


def _of_children(feature: ColumnFeature, children: Children) -> Iterator[dict[str, npt.NDArray[Any]]]:
    return map(feature.of_table, children.tables)


def _near(everyone: _Everyone, settings: Dedup) -> Iterator[tuple[int, int, float]]:
    """(place of a child, place of a row or of an earlier child among everyone, Jaccard), family left out."""
    first = len(everyone.rows)
    children = everyone.children
    for pair in near_pairs(everyone.shingles(settings.shingle), settings):
        if pair.j >= first and not everyone.family(pair.i, pair.j):
            yield pair.j - first, pair.i, pair.jaccard
    part: Part = "prompt"
    feature = ShingleFeature(part, settings.shingle, len(children) >= FEW)
    prompts = Shingles.joined(_of_children(feature, children), len(children))
    for pair in near_pairs(prompts, settings):
        if everyone.parent(first + pair.i) == everyone.parent(first + pair.j):
            answers = _alike(children[pair.i].answer, children[pair.j].answer, settings.shingle)
            if answers >= settings.threshold:
                yield pair.j, first + pair.i, min(pair.jaccard, answers)
    yield from ((child, row, 1.0) for child, row in everyone.asked())
    yield from _same_id(everyone.ids.tolist(), first)


def _alike(left: str, right: str, size: int) -> float:
    """The exact Jaccard similarity; 1.0 for two texts of the same words, none included."""
    a, b = words(left), words(right)
    return 1.0 if a == b else jaccard(_shingles(a, size), _shingles(b, size))


def _shingles(found: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(found[at : at + size]) for at in range(max(1, len(found) - size + 1))}


def _same_id(ids: Sequence[bytes], first: int) -> Iterator[tuple[int, int, float]]:
    """Texts without a word have no n-grams to compare, yet an id must stand for one row."""
    seen: dict[bytes, int] = {}
    for at, example_id in enumerate(ids):
        if at >= first and example_id in seen:
            yield at - first, seen[example_id], 1.0
        seen.setdefault(example_id, at)
