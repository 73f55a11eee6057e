"""The near-duplicate graph of many texts, asked node by node.

Texts with the same shingle set are one `node`, so that copies cost nothing; nodes are numbered by first
appearance. All pairs are found at once (`curate.similarity.pairs`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curate.similarity.components import Components
from curate.similarity.minhash import RECALL, bands_for
from curate.similarity.pairs import Pairs, find_pairs
from curate.similarity.sets import Sets, numbered
from curate.similarity.shingles import Shingles
from schemas.arrays import Bools, Floats, Ints
from schemas.recipe import Dedup

__all__ = ["RECALL", "NearIndex", "Pair", "bands_for", "near_pairs"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Positions i < j of two texts, and their exact Jaccard similarity."""

    i: int
    j: int
    jaccard: float


class NearIndex:
    """`node_of[row]` is the node of a text, in the order in which the texts or the rows were given, and
    `spoken[node]` whether it has words."""

    def __init__(self, node_of: Ints, spoken: Bools, pairs: Pairs) -> None:
        self.node_of = node_of
        self.spoken = spoken
        self.pairs = pairs
        nodes = np.concatenate([self.pairs.left, self.pairs.right])
        others = np.concatenate([self.pairs.right, self.pairs.left])
        scores = np.concatenate([self.pairs.jaccard] * 2)
        order = np.lexsort((others, -scores, nodes))
        self._others: Ints = others[order]
        self._scores: Floats = scores[order]
        self._starts: Ints = np.searchsorted(nodes[order], np.arange(len(spoken) + 1))

    @classmethod
    def of(
        cls,
        texts: Sequence[str] | Shingles,
        settings: Dedup,
        rows: Ints | None = None,
        *,
        exact: bool = False,
        whole: bool = False,
    ) -> "NearIndex":
        """The graph of `texts`, or of rows of their `shingles`, at `settings.threshold`. `exact` misses no
        pair at all; `whole` compares also long runs of sets alike in full."""
        shingles = texts if isinstance(texts, Shingles) else Shingles.of(texts, settings.shingle)
        sets = Sets.of(shingles, rows)
        pairs = find_pairs(sets, settings.threshold, settings.permutations, exact=exact, whole=whole)
        return cls(sets.node_of, sets.sizes > 0, pairs)

    def among(self, rows: Ints) -> "NearIndex":
        """The graph of some of the rows alone, by their places, in the order in which these are given."""
        number, first = numbered(self.node_of[rows].view(np.uint64))
        nodes = self.node_of[rows[first]]
        now = np.full(len(self), -1, dtype=np.int64)
        now[nodes] = np.arange(len(nodes))
        return NearIndex(number, self.spoken[nodes], self.pairs.among(now, len(nodes)))

    def __len__(self) -> int:
        """The number of nodes."""
        return len(self.spoken)

    def empty(self, node: int) -> bool:
        """Whether its texts have no words, and so are near to nothing."""
        return not self.spoken[node]

    def neighbours(
        self, node: int, among: Bools | None = None, limit: int | None = None
    ) -> list[tuple[int, float]]:
        """Other nodes at the threshold or above and their Jaccard, most similar first, then lowest number.

        `among` says which nodes are asked about, `limit` how many of them are told.
        """
        own = slice(self._starts[node], self._starts[node + 1])
        others, scores = self._others[own], self._scores[own]
        if among is not None:
            asked = among[others]
            others, scores = others[asked], scores[asked]
        return list(zip(others[:limit].tolist(), scores[:limit].tolist(), strict=True))

    def alike(self) -> Bools:
        """For each row whether it has words, and another row of its node or a near node beside it."""
        several = np.bincount(self.node_of, minlength=len(self)) > 1
        beside = (np.diff(self._starts) > 0) | (several & self.spoken)
        return np.asarray(beside[self.node_of])

    def beside(self, rows: Ints) -> Bools:
        """For each row whether it is of the node of one of the rows, which has words, or near to that."""
        own = np.zeros(len(self), dtype=bool)
        own[self.node_of[rows]] = True
        found = own & self.spoken
        found[self.pairs.left[own[self.pairs.right]]] = True
        found[self.pairs.right[own[self.pairs.left]]] = True
        return np.asarray(found[self.node_of])

    def by_component(self) -> list[int]:
        """The nodes of the rows `alike`, those that near pairs connect one after another: whoever compares
        texts in this order needs few of them at a time."""
        nodes = np.unique(self.node_of[self.alike()])
        ordered: list[int] = nodes[np.argsort(self.components()[nodes], kind="stable")].tolist()
        return ordered

    def components(self) -> Ints:
        """For each node the lowest one that near pairs connect with it."""
        groups = Components(len(self))
        groups.join_pairs(self.pairs.left, self.pairs.right)
        return groups.roots()

    def members(self) -> tuple[Ints, Ints]:
        """Rows node by node, and where each node's rows start; one start more than there are nodes."""
        order = np.argsort(self.node_of, kind="stable")
        return order, np.searchsorted(self.node_of[order], np.arange(len(self) + 1))


def near_pairs(texts: Sequence[str] | Shingles, settings: Dedup) -> list[Pair]:
    """All pairs of texts, or of their shingles, at the threshold or above, in order of (i, j). Where n texts
    are one cluster there are n² / 2."""
    index = NearIndex.of(texts, settings, whole=True)
    order, starts = index.members()
    rows = [order[starts[node] : starts[node + 1]].tolist() for node in range(len(index))]
    found = [
        Pair(i, j, 1.0)
        for node, own in enumerate(rows)
        if not index.empty(node)
        for at, i in enumerate(own)
        for j in own[at + 1 :]
    ]
    pairs = index.pairs
    for left, right, jaccard in zip(
        pairs.left.tolist(), pairs.right.tolist(), pairs.jaccard.tolist(), strict=True
    ):
        found += [Pair(min(i, j), max(i, j), jaccard) for i in rows[left] for j in rows[right]]
    return sorted(found, key=lambda p: (p.i, p.j))
