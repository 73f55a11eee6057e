"""Features of all rows of a build as whole columns, in one file each: no part is looked at for rows that an
earlier build had.

A column stays as it was written while most of its rows are still there; the few that are new are asked of
the parts. The keys of its rows lie in a file of their own, which columns of the same rows share.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from curate.flow.cache import StageCache
from curate.flow.features import joined, taken
from curate.flow.keys import Keys, digest
from curate.flow.row_states import now_at
from curate.sparing import Arrays
from schemas.arrays import Ints
from schemas.stage import Feature

_LIST = "rows listed"
LEAST_ROWS = 32_768  # below it, reading the parts is as quick
_MOST_NEW = 16  # one row in so many; where more are new, or gone, the column is written anew

Compute = Callable[[Ints | None], Iterable[Arrays]]


@dataclass(frozen=True, slots=True)
class _Then:
    """So many rows that a column was written for, and where in it each row of now stands, or -1."""

    rows: int
    places: Ints
    same: bool


class Flat:
    """Columns of rows with these keys, in this order. `rows` is a name for them: where a build has most of
    them before some stage and fewer behind it, either have columns of their own."""

    def __init__(self, cache: StageCache, keys: Keys, rows: str = "") -> None:
        self._cache = cache
        self._rows = rows.encode()
        self._keys = keys
        self._then: dict[bytes, _Then | None] = {}
        self._one_at_a_time = Lock()  # whoever asks for other columns of the same rows waits, and finds them

    def of(self, feature: Feature, only: Collection[str], compute: Compute) -> Arrays:
        """The arrays of these names. `compute` gives them of some rows, which ascend, or of all for None."""
        name = digest([b"flat", self._rows, feature.key.encode(), *(each.encode() for each in sorted(only))])
        kept = self._cache.arrays(name, mapped=True) or {}
        listed = kept.pop(_LIST, None)
        then = self._when(listed.item()) if listed is not None else None
        if then is None:
            found = joined(list(compute(None)))
            self._cache.keep_arrays(name, {**found, _LIST: np.array(self._listed())})
            return found
        if then.same:
            return kept
        places = then.places
        new = np.flatnonzero(places < 0)
        if not len(new):
            return taken(kept, places)
        places = places.copy()
        places[new] = then.rows + np.arange(len(new))
        both = joined([kept, *compute(new)])
        return both if np.array_equal(places, np.arange(then.rows + len(new))) else taken(both, places)

    def _when(self, listed: bytes) -> _Then | None:
        """The rows of a list; None where too few of them are those of now."""
        with self._one_at_a_time:
            if listed not in self._then:
                self._then[listed] = self._found(listed)
            return self._then[listed]

    def _found(self, listed: bytes) -> _Then | None:
        found = self._cache.arrays(_list_key(listed), mapped=True)
        to = now_at(found["keys"], self._keys) if found else None
        if to is None:
            return None
        here = np.flatnonzero(to >= 0)
        if min(len(here), len(to)) * _MOST_NEW < max(len(to), len(self._keys)) * (_MOST_NEW - 1):
            return None
        places = np.full(len(self._keys), -1)
        places[to[here]] = here
        return _Then(len(to), places, len(here) == len(to) == len(self._keys))

    def _listed(self) -> bytes:
        """The name of the list of these rows, which is kept."""
        name = digest([self._keys.tobytes()]).encode()
        if not self._cache.has(_list_key(name)):
            self._cache.keep_arrays(_list_key(name), {"keys": self._keys})
        self._then[name] = _Then(len(self._keys), np.arange(len(self._keys)), True)
        return name


def _list_key(name: bytes) -> str:
    return digest([b"flat rows", name])
