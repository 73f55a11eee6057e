"""Features of rows, kept by row: a part of which one row is new computes that row.

What is kept of a feature in a part are segments: the rows that were asked for at one time, in one file. A
list says which segments there are.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.flow.cache import StageCache
from curate.flow.keys import Ints, Keys, digest, no_keys, places
from schemas.example import Example
from schemas.stage import SIZES, Feature

Arrays = Mapping[str, npt.NDArray[Any]]
_MOST_SEGMENTS = 8  # of a part; more are made one


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows that were computed at one time."""

    keys: Keys
    arrays: Arrays


class FeatureStore:
    """The features of a build's rows. `part` names a part, in which each key stands as often as its row."""

    def __init__(self, cache: StageCache) -> None:
        self._cache = cache

    def missing(self, feature: Feature, part: str, keys: Keys) -> Ints:
        """Which of these rows are still to be computed."""
        return np.flatnonzero(places(np.concatenate([no_keys(), *self._listed(feature, part)]), keys) < 0)

    def keep(self, feature: Feature, part: str, keys: Keys, arrays: Arrays) -> None:
        """Adds rows that were missing."""
        segments = [*self._listed(feature, part), keys]
        self._cache.keep_arrays(_segment_key(feature, keys), arrays)
        self._list(feature, part, segments)

    def of(
        self,
        feature: Feature,
        part: str,
        keys: Keys,
        rows_at: Callable[[Ints], Sequence[Example]],
        segments: list[Segment] | None = None,
        only: Collection[str] | None = None,
    ) -> Arrays:
        """The feature of these rows, `only` the arrays of these names; `rows_at` gives rows that are not
        known. `segments` are those of the part, where they were read ahead."""
        segments = self.segments(feature, part, only) if segments is None else segments
        if len(segments) == 1 and np.array_equal(segments[0].keys, keys):
            return segments[0].arrays
        found = places(np.concatenate([no_keys(), *(s.keys for s in segments)]), keys)
        missing = np.flatnonzero(found < 0)
        known = [s.keys for s in segments]
        if len(missing):
            arrays = feature(rows_at(missing))
            self.keep(feature, part, keys[missing], arrays)
            arrays = {name: arrays[name] for name in only or arrays}
            found[missing] = sum(map(len, known)) + np.arange(len(missing))
            segments.append(Segment(keys[missing], arrays))
        whole = taken(joined([s.arrays for s in segments]), found)
        if len(segments) > _MOST_SEGMENTS and only is None:
            self._cache.keep_arrays(_segment_key(feature, keys), whole)
            self._list(feature, part, [keys])
        return whole

    def segments(self, feature: Feature, part: str, only: Collection[str] | None = None) -> list[Segment]:
        """What is kept of a part."""
        listed = self._listed(feature, part)
        found = [(keys, self._cache.arrays(_segment_key(feature, keys), only)) for keys in listed]
        return [Segment(keys, arrays) for keys, arrays in found if arrays is not None]

    def _listed(self, feature: Feature, part: str) -> list[Keys]:
        found = self._cache.arrays(_list_key(feature, part))
        return np.split(found["keys"], found["ends"][:-1]) if found else []

    def _list(self, feature: Feature, part: str, segments: Sequence[Keys]) -> None:
        ends = np.cumsum([len(keys) for keys in segments])
        self._cache.keep_arrays(_list_key(feature, part), {"keys": np.concatenate(segments), "ends": ends})


def _list_key(feature: Feature, part: str) -> str:
    return digest([b"features", feature.key.encode(), part.encode()])


def _segment_key(feature: Feature, keys: Keys) -> str:
    return digest([b"feature", feature.key.encode(), keys.tobytes()])


def joined(batches: Sequence[Arrays]) -> Arrays:
    """The arrays of several batches of rows as one."""
    if len(batches) == 1:
        return batches[0]
    return {name: np.concatenate([arrays[name] for arrays in batches]) for name in batches[0]}


def taken(arrays: Arrays, rows: Ints) -> Arrays:
    """The arrays of some rows, in this order."""
    return {
        name: _runs(array, arrays[name + SIZES], rows) if name + SIZES in arrays else array[rows]
        for name, array in arrays.items()
    }


def _runs(flat: npt.NDArray[Any], sizes: npt.NDArray[Any], rows: Ints) -> npt.NDArray[Any]:
    starts = (np.cumsum(sizes, dtype=np.int64) - sizes)[rows]
    sizes = sizes[rows].astype(np.int64)
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found: npt.NDArray[Any] = flat[np.repeat(starts, sizes) + within]
    return found
