"""Which benchmark lines stand in a text: n-grams in common, and near duplicates by exact Jaccard.

- An n-gram hit: `ngram` folded words in a row of a passage stand in the text (13 as in GPT-3, Brown et al.
  2020, appendix C). A shorter passage counts whole if it has LEAST_WORDS words or more. What more than
  MOST_SHARED different passages have in common, and a short passage that more lines than that repeat, is the
  benchmark's own boilerplate ("Choose the best answer …") and does not count.
- A near duplicate: a message, or all of a conversation, against a passage, or all of a line, by the Jaccard
  similarity of their sets of word 5-grams. Counted out over an inverted index, so it is exact: no pair at the
  threshold is missed.

Words are compared by 64-bit hashes of their own, n-grams by hashes of those: of 10^6 benchmark n-grams and
10^9 in the data about one pair in 10^4 builds would meet by chance.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from curate.similarity.words import words
from schemas.arrays import Ints, Uint64s

LEAST_WORDS = 5
MOST_SHARED = 10
SHINGLE = 5
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that stands in a text. `places` are the benchmark lines that have it. `share` is the part of
    its n-grams that stand there, or, of a near duplicate, the Jaccard similarity."""

    places: tuple[Place, ...]
    share: float
    near: bool


@dataclass(slots=True)
class _Passage:
    tokens: Uint64s
    whole_line: bool
    places: list[Place] = field(default_factory=list)


class Overlap:
    """An index of benchmarks: lines of passages by file. `threshold` None looks for n-grams only. Pickles."""

    def __init__(
        self, benchmarks: Mapping[str, Sequence[Sequence[str]]], ngram: int, threshold: float | None
    ) -> None:
        self._vocabulary: dict[str, int] = {}
        self._threshold = threshold
        passages = list(self._passages(benchmarks))
        self._places = [tuple(p.places) for p in passages]
        by_size: dict[int, list[tuple[int, Uint64s]]] = defaultdict(list)
        sets: list[tuple[int, Uint64s]] = []
        for number, passage in enumerate(passages):
            size = min(ngram, len(passage.tokens))
            short = size < ngram
            if short and not passage.whole_line and len(passage.places) > MOST_SHARED:
                continue
            if not passage.whole_line and (size >= LEAST_WORDS or not short):
                by_size[size].append((number, np.unique(_rolling(passage.tokens, size))))
            if len(passage.tokens) >= SHINGLE:
                sets.append((number, np.unique(_rolling(passage.tokens, SHINGLE))))
        self._grams = {size: _Postings(found, MOST_SHARED) for size, found in by_size.items()}
        self._totals = {number: len(grams) for found in by_size.values() for number, grams in found}
        self._sizes = {number: len(grams) for number, grams in sets}
        self._shingles = _Postings(sets, None)

    def _passages(self, benchmarks: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[_Passage]:
        """Each passage once, with all its places; the whole line too where it has several."""
        found: dict[tuple[bytes, bool], _Passage] = {}
        for name, lines in benchmarks.items():
            for line, texts in enumerate(lines, start=1):
                parts = [self._learn(text) for text in texts]
                whole = [(np.concatenate(parts), True)] if sum(len(p) > 0 for p in parts) > 1 else []
                for tokens, whole_line in [*((p, False) for p in parts), *whole]:
                    passage = found.setdefault((tokens.tobytes(), whole_line), _Passage(tokens, whole_line))
                    if (name, line) not in passage.places[-1:]:
                        passage.places.append((name, line))
        yield from found.values()

    def _learn(self, text: str) -> Uint64s:
        return np.array([self._number(word) for word in words(text)], dtype=np.uint64)

    def _number(self, word: str) -> int:
        """Never 0, which stands for all words that no benchmark has."""
        known = self._vocabulary.get(word)
        if known is None:
            digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            known = self._vocabulary[word] = int.from_bytes(digest, "little") | 1
        return known

    def hits(self, texts: Sequence[Sequence[str]]) -> dict[int, list[Hit]]:
        """The hits of each conversation that has any, by its position; each is its messages' texts. Near
        duplicates come first, then the largest share, then the benchmark's order."""
        number = self._vocabulary.get
        tokens = [
            [np.array([number(w, 0) for w in words(text)], dtype=np.uint64) for text in one] for one in texts
        ]
        whole = [np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64) for parts in tokens]
        flat, row_of = _flat(whole)
        found: dict[int, dict[int, Hit]] = defaultdict(dict)
        for row, passage, share in self._ngram_hits(flat, row_of):
            found[row][passage] = Hit(self._places[passage], share, near=False)
        for row in self._meeting(flat, row_of):
            for text in tokens[row] if len(tokens[row]) == 1 else [*tokens[row], whole[row]]:
                for passage, jaccard in self._alike(text):
                    before = found[row].get(passage)
                    if before is None or not before.near or before.share < jaccard:
                        found[row][passage] = Hit(self._places[passage], jaccard, near=True)
        return {row: _worst_first(found[row]) for row in sorted(found)}

    def _ngram_hits(self, flat: Uint64s, row_of: Ints) -> Iterator[tuple[int, int, float]]:
        """Row, passage, and the share of the passage's n-grams that the row has."""
        for size, postings in self._grams.items():
            grams, at = _known(flat, size)
            hit = postings.holds(grams)
            per_row: dict[int, set[int]] = defaultdict(set)
            for position, gram in zip(at[hit].tolist(), grams[hit].tolist(), strict=True):
                per_row[int(row_of[position])].add(gram)
            for row, met in per_row.items():
                counts = Counter(passage for gram in met for passage in postings.of(gram))
                for passage, n in counts.items():
                    yield row, passage, n / self._totals[passage]

    def _meeting(self, flat: Uint64s, row_of: Ints) -> list[int]:
        """Rows that have a shingle in common with some benchmark: the others are near to nothing."""
        if self._threshold is None:
            return []
        grams, at = _known(flat, SHINGLE)
        rows: list[int] = np.unique(row_of[at[self._shingles.holds(grams)]]).tolist()
        return rows

    def _alike(self, text: Uint64s) -> Iterator[tuple[int, float]]:
        """Passages of Jaccard at the threshold or above."""
        assert self._threshold is not None
        if len(text) < SHINGLE:
            return
        size = len(np.unique(_rolling(text, SHINGLE)))
        mine = np.unique(_known(text, SHINGLE)[0])
        mine = mine[self._shingles.holds(mine)]
        if len(mine) < self._threshold * size - 1e-9:
            return
        common = Counter(passage for gram in mine.tolist() for passage in self._shingles.of(gram))
        for passage, both in common.items():
            jaccard = both / (size + self._sizes[passage] - both)
            if jaccard >= self._threshold:
                yield passage, jaccard


class _Postings:
    """Which passages have an n-gram: hashes in order, and for each its passages."""

    def __init__(self, sets: Sequence[tuple[int, Uint64s]], most: int | None) -> None:
        """`most` leaves out n-grams of more passages than that."""
        lengths = [len(grams) for _, grams in sets]
        hashes = np.concatenate([grams for _, grams in sets]) if sets else np.empty(0, dtype=np.uint64)
        owners = np.repeat(np.array([number for number, _ in sets], dtype=np.int64), lengths)
        order = np.argsort(hashes, kind="stable")
        self._owners = owners[order]
        self._hashes, self._starts, counts = np.unique(hashes[order], return_index=True, return_counts=True)
        self._ends = self._starts + counts
        if most is not None:
            few = counts <= most
            self._hashes, self._starts, self._ends = self._hashes[few], self._starts[few], self._ends[few]
        bits = min(24, max(10, len(self._hashes).bit_length() + 4))
        self._shift = np.uint64(64 - bits)
        self._sieve = np.zeros(1 << bits, dtype=bool)
        self._sieve[self._hashes >> self._shift] = True

    def holds(self, grams: Uint64s) -> npt.NDArray[np.bool_]:
        """Whether each is held. The sieve by their leading bits spares most of the search."""
        held: npt.NDArray[np.bool_] = self._sieve[grams >> self._shift]
        maybe = np.flatnonzero(held)
        if len(maybe):
            asked = grams[maybe]
            at = np.minimum(np.searchsorted(self._hashes, asked), len(self._hashes) - 1)
            held[maybe] = self._hashes[at] == asked
        return held

    def of(self, gram: int) -> list[int]:
        """The passages of an n-gram that is held."""
        at = int(np.searchsorted(self._hashes, np.uint64(gram)))
        found: list[int] = self._owners[self._starts[at] : self._ends[at]].tolist()
        return found


def _worst_first(hits: Mapping[int, Hit]) -> list[Hit]:
    return [hits[p] for p in sorted(hits, key=lambda p: (not hits[p].near, -hits[p].share, p))]


def _flat(rows: Sequence[Uint64s]) -> tuple[Uint64s, Ints]:
    """All rows in one array, an unknown word between them, and the row of each position."""
    gap = np.zeros(1, dtype=np.uint64)
    parts = [part for row in rows for part in (row, gap)]
    lengths = [len(row) + 1 for row in rows]
    flat = np.concatenate(parts) if parts else gap
    return flat, np.repeat(np.arange(len(rows), dtype=np.int64), lengths)


def _rolling(tokens: Uint64s, n: int) -> Uint64s:
    """The hash of every n-gram: a polynomial over its words' hashes, then mixed."""
    reach = max(len(tokens) - n + 1, 0)
    rolling = np.zeros(reach, dtype=np.uint64)
    for at in range(n):
        rolling = rolling * _MULTIPLIER + tokens[at : at + reach]
    rolling ^= rolling >> np.uint64(31)
    return np.asarray(rolling * _MULTIPLIER)


def _known(tokens: Uint64s, n: int) -> tuple[Uint64s, Ints]:
    """The hashes of the n-grams of words that are all known, and where they begin."""
    reach = max(len(tokens) - n + 1, 0)
    strange = np.concatenate([[0], np.cumsum(tokens == 0)])
    at = np.flatnonzero(strange[n : n + reach] == strange[:reach])
    return _rolling(tokens, n)[at], at
