"""Features of rows, kept by row: a part of which one row is new computes that row.

What is kept of a feature in a part are segments: the rows that were asked for at one time, in one file. A
list says which segments there are.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.flow.cache import StageCache
from curate.flow.keys import Ints, Keys, digest, no_keys, places
from curate.similarity.threads import ahead
from schemas.row_table import rows_of
from schemas.stage import SIZES, Feature

Arrays = Mapping[str, npt.NDArray[Any]]
Answer = Callable[[], Sequence[Arrays]]
Compute = Callable[[Sequence[Feature], pa.Table], Answer]  # the features of the rows of a table, soon
_AHEAD = 6  # parts
_READERS = 2  # threads
_MOST_SEGMENTS = 8  # of a part; more are made one


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows that were computed at one time."""

    keys: Keys
    arrays: Arrays


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a part: its name, their keys, and the way to the contents of some of them."""

    part: str
    keys: Keys
    contents: Callable[[Ints], pa.Table]


def here(features: Sequence[Feature], rows: pa.Table) -> Answer:
    """Computes features in this process."""
    examples = rows_of(rows)
    found = [feature(examples) for feature in features]
    return lambda: found


class FeatureStore:
    """The features of a build's rows. In a part each key stands as often as its row."""

    def __init__(self, cache: StageCache) -> None:
        self._cache = cache
        self._together: dict[str, Feature] = {}
        self._compute: Compute = here

    def together(self, features: Sequence[Feature], compute: Compute) -> None:
        """Where one of these is asked for and not known, all are computed, by `compute`: making examples of
        rows costs more than most features do."""
        self._together = {feature.key: feature for feature in features}
        self._compute = compute

    def of(
        self, feature: Feature, parts: Sequence[Rows], only: Collection[str] | None = None
    ) -> Iterator[Arrays]:
        """The feature of each part's rows, `only` the arrays of these names. Files are read and rows computed
        a little ahead of whoever asks."""
        waiting: deque[Callable[[], Arrays]] = deque()
        kept = ahead(lambda rows: self.segments(feature, rows.part, only), parts, _AHEAD, _READERS)
        for rows, segments in zip(parts, kept, strict=True):
            waiting.append(self._begun(feature, rows, segments, only))
            if len(waiting) > _AHEAD:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()

    def _begun(
        self, feature: Feature, rows: Rows, segments: list[Segment], only: Collection[str] | None
    ) -> Callable[[], Arrays]:
        if len(segments) == 1 and np.array_equal(segments[0].keys, rows.keys):
            return lambda: segments[0].arrays
        found = places(np.concatenate([no_keys(), *(s.keys for s in segments)]), rows.keys)
        missing = np.flatnonzero(found < 0)
        if not len(missing):
            return lambda: taken(joined([s.arrays for s in segments]), found)
        others = self._together if feature.key in self._together else {}
        group = [feature, *(other for key, other in others.items() if key != feature.key)]
        compute = self._compute if others else here
        answer = compute(group, rows.contents(missing))

        def finished() -> Arrays:
            new = rows.keys[missing]
            for each, arrays in zip(group, answer(), strict=True):
                self._add(each, rows.part, new, arrays)
            arrays = {name: array for name, array in answer()[0].items() if only is None or name in only}
            found[missing] = sum(len(s.keys) for s in segments) + np.arange(len(missing))
            whole = taken(joined([*(s.arrays for s in segments), arrays]), found)
            if len(segments) >= _MOST_SEGMENTS and only is None:
                self._cache.keep_arrays(_segment_key(feature, rows.keys), whole)
                self._list(feature, rows.part, [rows.keys])
            return whole

        return finished

    def _add(self, feature: Feature, part: str, keys: Keys, arrays: Arrays) -> None:
        """Keeps what is new of it."""
        # A segment that is listed may be lost: then its rows are here again.
        listed = [
            some
            for some in self._listed(feature, part)
            if self._cache.arrays(_segment_key(feature, some), ()) is not None
        ]
        new = np.flatnonzero(places(np.concatenate([no_keys(), *listed]), keys) < 0)
        if len(new):
            self._cache.keep_arrays(_segment_key(feature, keys[new]), taken(arrays, new))
            self._list(feature, part, [*listed, keys[new]])

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
