"""Near pairs by MinHash LSH, every candidate verified by exact Jaccard.

MinHash: Broder 1997, signatures by datasketch. Texts with the same shingle set are one `node`, so a hot
bucket of copies costs nothing. Two nodes are candidates where they share all rows of some band of the
signature.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.similarity.shingles import Shingles
from schemas.recipe import Dedup

RECALL = 0.9999  # of pairs exactly at the threshold; all above it are caught more often
_SEED = 1
_WORDS = 16  # 64-bit words of a set's bitmap

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Positions i < j of two texts, and their exact Jaccard similarity."""

    i: int
    j: int
    jaccard: float


def bands_for(threshold: float, permutations: int) -> tuple[int, int]:
    """(bands, rows a band): the longest band, thus the fewest candidates, that reaches RECALL.

    A pair of similarity s shares a band with probability 1 - (1 - s^rows)^bands.
    """
    for rows in range(permutations, 1, -1):
        bands = permutations // rows
        if 1.0 - (1.0 - threshold**rows) ** bands >= RECALL:
            return bands, rows
    return permutations, 1


class NearIndex:
    """The near-duplicate graph of `texts` at `settings.threshold`, answered node by node.

    `node_of[row]` is the node of a text; nodes are numbered by first appearance.
    """

    def __init__(self, texts: Sequence[str], settings: Dedup) -> None:
        self.threshold = settings.threshold
        every = Shingles(texts, settings.shingle)
        seen: dict[bytes, int] = {}
        self.node_of = [seen.setdefault(every[row].tobytes(), len(seen)) for row in range(len(every))]
        firsts = np.unique(np.array(self.node_of, dtype=np.int64), return_index=True)[1]
        self._shingles, self._firsts = every, firsts
        self._sizes = every.sizes[firsts]
        signatures = _signatures([every[row] for row in firsts], settings.permutations)
        bands, rows = bands_for(settings.threshold, settings.permutations)
        self._buckets = [
            _Buckets(signatures[:, band * rows : (band + 1) * rows], self._sizes > 0) for band in range(bands)
        ]
        self._bitmaps = _bitmaps(every)[firsts]
        self._most_unlike = (1.0 - self.threshold) / (1.0 + self.threshold) + 1e-9
        self._mark = np.zeros(len(firsts), dtype=bool)

    def __len__(self) -> int:
        """The number of nodes."""
        return len(self._firsts)

    def empty(self, node: int) -> bool:
        """Whether its texts have no words, and so are near to nothing."""
        return not self._sizes[node]

    def neighbours(
        self, node: int, among: Bools | None = None, limit: int | None = None
    ) -> list[tuple[int, float]]:
        """Other nodes at the threshold or above and their Jaccard, most similar first, then lowest number.

        `among` says which nodes are asked about; `limit` verifies only the so many whose bitmaps agree
        most.
        """
        candidates = self._candidates(node, among)
        if not len(candidates):
            return []
        unlike = self._unlike(node, candidates)
        possible = unlike <= self._most_unlike
        candidates, unlike = candidates[possible], unlike[possible]
        if limit is not None and len(candidates) > limit:
            candidates = candidates[np.argsort(unlike, kind="stable")[:limit]]
        similar = self._shingles.similarities(int(self._firsts[node]), self._firsts[candidates])
        near = [(int(c), float(s)) for c, s in zip(candidates, similar, strict=True) if s >= self.threshold]
        return sorted(near, key=lambda pair: (-pair[1], pair[0]))

    def _unlike(self, node: int, others: Ints) -> npt.NDArray[np.float64]:
        """For each of `others` at most |a Δ b| / (|a| + |b|), which is (1 - J) / (1 + J) for Jaccard J: bits
        of one bitmap alone come of shingles of one set alone, of which some share bits."""
        bits = np.bitwise_count(self._bitmaps.take(others, axis=0) ^ self._bitmaps[node])
        return np.asarray(bits.sum(axis=1, dtype=np.int64) / (self._sizes[others] + self._sizes[node]))

    def _candidates(self, node: int, among: Bools | None) -> Ints:
        mates = [m for m in (buckets.mates(node) for buckets in self._buckets) if len(m) > 1]
        if not mates:
            return np.empty(0, dtype=np.int64)
        for m in mates:
            self._mark[m] = True
        self._mark[node] = False
        found = np.flatnonzero(self._mark if among is None else self._mark & among)
        for m in mates:
            self._mark[m] = False
        smaller = np.minimum(self._sizes[found], self._sizes[node])
        larger = np.maximum(self._sizes[found], self._sizes[node])
        return np.asarray(found[smaller >= self.threshold * larger - 1e-9])


class _Buckets:
    """One band: nodes sorted by their key, and for each node where its bucket lies in that order."""

    def __init__(self, band: npt.NDArray[np.uint32], present: Bools) -> None:
        keys = np.ascontiguousarray(band).view(np.dtype((np.void, band.shape[1] * band.itemsize))).ravel()
        nodes = np.flatnonzero(present)
        order = nodes[np.argsort(keys[nodes], kind="stable")]
        ordered = keys[order]
        starts = (
            np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(order) else order
        )
        sizes = np.diff(np.append(starts, len(order)))
        self._order = order
        self._low = np.zeros(len(band), dtype=np.int64)
        self._high = np.zeros(len(band), dtype=np.int64)
        self._low[order] = np.repeat(starts, sizes)
        self._high[order] = np.repeat(starts + sizes, sizes)

    def mates(self, node: int) -> Ints:
        return self._order[self._low[node] : self._high[node]]


def _bitmaps(shingles: Shingles) -> npt.NDArray[np.uint64]:
    """A bitmap of `64 * _WORDS` bits a row, with the bit of each of its shingles."""
    bitmaps = np.zeros((len(shingles), _WORDS), dtype=np.uint64)
    rows = np.repeat(np.arange(len(shingles)), shingles.sizes)
    bit = shingles.hashes >> np.uint64(54)
    np.bitwise_or.at(bitmaps, (rows, bit >> np.uint64(6)), np.uint64(1) << (bit & np.uint64(63)))
    return bitmaps


def _signatures(sets: Sequence[npt.NDArray[np.uint64]], permutations: int) -> npt.NDArray[np.uint32]:
    from datasketch import MinHash  # loads scipy

    hashes = ((s & np.uint64(0xFFFFFFFF)).tolist() for s in sets)
    drawn = MinHash.generator(hashes, num_perm=permutations, seed=_SEED, hashfunc=int, scheme="affine32")
    rows = np.empty((len(sets), permutations), dtype=np.uint32)
    for row, sketch in enumerate(drawn):
        rows[row] = sketch.hashvalues
    return rows


def near_pairs(texts: Sequence[str], settings: Dedup) -> list[Pair]:
    """All pairs at the threshold or above, in order of (i, j). Where n texts are one cluster there are n² /
    2."""
    index = NearIndex(texts, settings)
    members: list[list[int]] = [[] for _ in range(len(index))]
    for row, node in enumerate(index.node_of):
        members[node].append(row)
    return sorted(_pairs(index, members), key=lambda p: (p.i, p.j))


def _pairs(index: NearIndex, members: Sequence[Sequence[int]]) -> Iterator[Pair]:
    for node, rows in enumerate(members):
        if index.empty(node):
            continue
        yield from (Pair(i, j, 1.0) for at, i in enumerate(rows) for j in rows[at + 1 :])
        for other, similarity in index.neighbours(node):
            if other > node:
                yield from (Pair(min(i, j), max(i, j), similarity) for i in rows for j in members[other])
