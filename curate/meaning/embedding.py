"""Rows alike in meaning: embeddings as a feature, and the nearest better row of each by cosine similarity.

Embeddings are kept in half precision with length 1, so cosine similarity is their product. Every row is
compared with every better one, block by block: time grows with the square of the rows, memory does not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.words import spoken
from schemas.arrays import Floats, Ints
from schemas.example import Example
from schemas.stage import Rows

Halves = npt.NDArray[np.float16]
Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]
DIGITS = 4  # of a similarity; the last digits of a product depend on the machine
_EQUAL = 0.6 * 10**-DIGITS  # similarities this close are equals, of which the first is taken
_VERSION = 1
_BLOCK = 2048  # rows


@dataclass(frozen=True, slots=True)
class Embedder:
    """`encode` gives a vector a text; `key` changes with the model's files."""

    key: str
    encode: Encode


class EmbeddingFeature:
    """`vectors`: what both say as one vector a row, of length 1; of length 0 where nothing is said."""

    def __init__(self, embedder: Embedder) -> None:
        self.key = f"embedding/{_VERSION}/{embedder.key}"
        self._encode = embedder.encode

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        texts = [spoken(row) for row in rows]
        vectors = np.asarray(self._encode(texts), dtype=np.float32)
        vectors[[not text.strip() for text in texts]] = 0.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return {"vectors": (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float16)}


def embeddings_of(rows: Rows, embedder: Embedder) -> Halves:
    """The vectors of all rows."""
    parts = [part["vectors"] for part in rows.features(EmbeddingFeature(embedder))]
    return np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float16)


def nearest_before(vectors: Halves, least: float) -> tuple[Ints, Floats]:
    """For each row the row before it that is most similar, the first of equals, and the cosine similarity;
    -1 and -1.0 where none reaches `least`."""
    nearest = np.full(len(vectors), -1, dtype=np.int64)
    best = np.full(len(vectors), -1.0, dtype=np.float64)
    for low in range(0, len(vectors), _BLOCK):
        own = vectors[low : low + _BLOCK].astype(np.float32)
        rows = np.arange(low, low + len(own))
        for start in range(0, low + len(own), _BLOCK):
            others = vectors[start : start + _BLOCK].astype(np.float32)
            similar = own @ others.T
            if start == low:
                similar[np.triu_indices(len(own))] = -2.0  # rows do not come before themselves
            most = np.round(similar.max(axis=1).astype(np.float64), DIGITS)
            better = np.flatnonzero((most >= least) & (most > best[rows]))
            at = (similar[better] >= (most[better] - _EQUAL)[:, None]).argmax(axis=1)
            best[rows[better]] = most[better]
            nearest[rows[better]] = start + at
    return nearest, best
