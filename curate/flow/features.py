"""Features of rows, kept by row: a part of which one row is new computes that row.

What is kept of a feature in a part are segments: the rows that were asked for at one time, in one file. A
list says which segments there are.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.flow.cache import StageCache
from curate.flow.computing import Asked, Compute, Computing, here
from curate.flow.keys import Keys, digest, no_keys, places
from curate.similarity.threads import ahead
from curate.sparing import Arrays, computed
from schemas.arrays import Ints
from schemas.stage import SIZES, Feature

_AHEAD = 6  # parts
_READERS = 2  # threads
_LONG = 64  # rows one after another that are copied at once
_MOST_SEGMENTS = 8  # of a part; more are made one
_MOST_ROWS = 65_536  # of a part, gone ones among them; of more the first are forgotten then


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


class FeatureStore:
    """The features of a build's rows. In a part each key stands as often as its row."""

    def __init__(self, cache: StageCache) -> None:
        self._cache = cache
        self._together: dict[str, Feature] = {}
        self._compute: Compute = here
        self._learnt: Callable[[], None] | None = None
        self._listing = Lock()

    def after(self, learnt: Callable[[], None]) -> None:
        """Others are at work on some: who first asks for any waits until it is `learnt`."""
        self._learnt = learnt

    def together(self, features: Sequence[Feature], compute: Compute) -> None:
        """Where one of these is asked for and not known, what is not known of the others is computed with it,
        by `compute`: the rows are read once."""
        self._together = {feature.key: feature for feature in features}
        self._compute = compute

    def learn(self, features: Sequence[Feature], rows: Rows) -> None:
        """Computes what is not known of a part, for whoever will ask."""
        asked = [self._asked(feature, rows.part, rows.keys) for feature in features]
        some = [one for one in asked if one.rows is None or len(one.rows)]
        if some:
            Computing(some, self._cache.folder)(rows.contents(np.arange(len(rows.keys))))
        for one in some:
            self._add(one.feature, rows.part, rows.keys if one.rows is None else rows.keys[one.rows])

    def of(
        self,
        feature: Feature,
        parts: Sequence[Rows],
        only: Collection[str] | None = None,
        unchecked: Collection[str] = (),
    ) -> Iterator[Arrays]:
        """The feature of each part's rows, `only` the arrays of these names; of those that stay `unchecked`
        nothing is read but what these rows have. Files are read and rows computed a little ahead of whoever
        asks."""
        waiting: deque[Callable[[], Arrays]] = deque()
        kept = ahead(lambda rows: self.segments(feature, rows.part, only, unchecked), parts, _AHEAD, _READERS)
        for rows, segments in zip(parts, kept, strict=True):
            waiting.append(self._begun(feature, rows, segments, only))
            if len(waiting) > _AHEAD:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()

    def _begun(
        self, feature: Feature, rows: Rows, segments: list[Segment], only: Collection[str] | None
    ) -> Callable[[], Arrays]:
        found = _arrays(rows.keys, segments)
        if found is not None:
            return lambda: found
        listed = np.concatenate([no_keys(), *(segment.keys for segment in segments)])
        missing = np.flatnonzero(places(listed, rows.keys) < 0)
        others = self._together if feature.key in self._together else {}
        compute = self._compute if others else here
        new = rows.keys[missing]
        asked = [Asked(feature, None, _segment_key(feature, new))]
        asked += [self._asked(other, rows.part, new) for key, other in others.items() if key != feature.key]
        some = [one for one in asked if one.rows is None or len(one.rows)]
        done = compute(Computing(some, self._cache.folder), rows.contents(missing))

        def finished() -> Arrays:
            done()
            for one in some:
                self._add(one.feature, rows.part, new if one.rows is None else new[one.rows])
            kept = self._cache.arrays(_segment_key(feature, new), only)
            # Somebody may have removed it.
            made = computed(feature, rows.contents(missing)) if kept is None else kept
            found = _arrays(rows.keys, [*segments, Segment(new, made)])
            assert found is not None, "new rows are those that are in no segment"
            if len(segments) >= _MOST_SEGMENTS:
                self._make_one(feature, rows.part)
            return found

        return finished

    def _asked(self, feature: Feature, part: str, keys: Keys) -> Asked:
        """What is not known of a feature of these rows."""
        known = np.concatenate([no_keys(), *self._there(feature, part)])
        new = np.flatnonzero(places(known, keys) < 0)
        return Asked(feature, None if len(new) == len(keys) else new, _segment_key(feature, keys[new]))

    def _add(self, feature: Feature, part: str, keys: Keys) -> None:
        """Lists what has been kept of it."""
        with self._listing:
            there = self._there(feature, part)
            if not any(np.array_equal(keys, each) for each in there):
                self._list(feature, part, [*there, keys])

    def _make_one(self, feature: Feature, part: str) -> None:
        """One segment of all that is kept of a part."""
        with self._listing:
            segments = self.segments(feature, part)
            if not segments:  # somebody removed them
                return
            listed = dict.fromkeys(key for segment in segments for key in segment.keys.tolist())
            keys = np.array([*listed][-_MOST_ROWS:], no_keys().dtype)
            arrays = _arrays(keys, segments)
            assert arrays is not None, "these are the keys of segments"
            self._cache.keep_arrays(_segment_key(feature, keys), arrays)
            self._list(feature, part, [keys])

    def _there(self, feature: Feature, part: str) -> list[Keys]:
        """The segments that are listed, but for those that were lost."""
        listed = self._listed(feature, part)
        return [keys for keys in listed if self._cache.arrays(_segment_key(feature, keys), ()) is not None]

    def known(self, feature: Feature, part: str, keys: Keys) -> Arrays | None:
        """The feature of these rows of a part, if it is known of all of them."""
        return _arrays(keys, self.segments(feature, part))

    def keep(self, feature: Feature, part: str, keys: Keys, arrays: Arrays) -> None:
        """Keeps what was computed elsewhere."""
        asked = self._asked(feature, part, keys)
        new = np.arange(len(keys)) if asked.rows is None else asked.rows
        if len(new):
            self._cache.keep_arrays(asked.key, taken(arrays, new))
            self._add(feature, part, keys[new])

    def segments(
        self,
        feature: Feature,
        part: str,
        only: Collection[str] | None = None,
        unchecked: Collection[str] = (),
    ) -> list[Segment]:
        """What is kept of a part."""
        some, listed = bool(unchecked), self._listed(feature, part)
        files = [(keys, _segment_key(feature, keys)) for keys in listed]
        found = [
            (keys, self._cache.arrays(file, only, mapped=some, unchecked=unchecked)) for keys, file in files
        ]
        return [Segment(keys, arrays) for keys, arrays in found if arrays is not None]

    def _listed(self, feature: Feature, part: str) -> list[Keys]:
        if (learnt := self._learnt) is not None:  # or another thread has waited meanwhile
            learnt()
            self._learnt = None
        found = self._cache.arrays(_list_key(feature, part))
        return np.split(found["keys"], found["ends"][:-1]) if found else []

    def _list(self, feature: Feature, part: str, segments: Sequence[Keys]) -> None:
        ends = np.cumsum([len(keys) for keys in segments])
        self._cache.keep_arrays(_list_key(feature, part), {"keys": np.concatenate(segments), "ends": ends})


def _arrays(keys: Keys, segments: Sequence[Segment]) -> Arrays | None:
    """The arrays of these rows, in their order; None where some are in no segment."""
    if len(segments) == 1 and np.array_equal(segments[0].keys, keys):
        return segments[0].arrays
    found = places(np.concatenate([no_keys(), *(segment.keys for segment in segments)]), keys)
    if (found < 0).any():
        return None
    starts = np.cumsum([0, *(len(segment.keys) for segment in segments)])
    own = [np.flatnonzero((found >= start) & (found < end)) for start, end in pairwise(starts)]
    some = [n for n, rows in enumerate(own) if len(rows)] or [0]
    # A segment may be large, and hold one row of these.
    parts = [taken(segments[n].arrays, found[own[n]] - starts[n]) for n in some]
    return parts[0] if len(parts) == 1 else taken(joined(parts), np.argsort(np.concatenate(own)))


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
    first = np.ones(len(rows), dtype=bool)
    first[1:] = rows[1:] != rows[:-1] + 1
    starts = np.flatnonzero(first)
    if not len(starts) or len(starts) * _LONG > len(rows):
        return {
            name: _runs(array, arrays[name + SIZES], rows) if name + SIZES in arrays else array[rows]
            for name, array in arrays.items()
        }
    ends = rows[starts] + np.diff(np.append(starts, len(rows)))
    return {
        name: _stretches(array, arrays.get(name + SIZES), rows[starts], ends)
        for name, array in arrays.items()
    }


def _stretches(
    array: npt.NDArray[Any], sizes: npt.NDArray[Any] | None, starts: Ints, ends: Ints
) -> npt.NDArray[Any]:
    """Those of rows one after another, from each of the `starts` to its end."""
    if sizes is not None:
        entries = np.append(0, np.cumsum(sizes, dtype=np.int64))
        starts, ends = entries[starts], entries[ends]
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    return np.concatenate([array[start:end] for start, end in spans])


def _runs(flat: npt.NDArray[Any], sizes: npt.NDArray[Any], rows: Ints) -> npt.NDArray[Any]:
    starts = (np.cumsum(sizes, dtype=np.int64) - sizes)[rows]
    sizes = sizes[rows].astype(np.int64)
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found: npt.NDArray[Any] = flat[np.repeat(starts, sizes) + within]
    return found
