"""Where an example's id stands in a column of ids, found without looking at every row.

Ids are hex digits of one length, so their first eight bytes are sorted once as numbers: 12 bytes a row, which
can be kept in a file. Columns of other texts, and short ones, are looked through.
"""

import sys
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Rows = NDArray[np.int64]
_KEY = np.dtype(">u8")
_FEW = 50_000  # rows that are looked through in less than a millisecond


Keys = tuple[NDArray[np.uint64], NDArray[np.int32]]  # in order, and the row of each


class IdIndex:
    """Rows of `ids`, a column of texts, by text. `kept` is what `sorted_ids` gave of them."""

    def __init__(self, ids: pa.ChunkedArray | pa.Array, kept: pa.Table | None = None) -> None:
        self._ids: Any = joined(ids)
        self._kept = kept

    def prepare(self) -> None:
        """Sort now what `rows` needs sorted."""
        _ = self._sorted

    def rows(self, example_id: str) -> Rows:
        """All that hold this id, in order."""
        sorted_keys = self._sorted
        if sorted_keys is None or len(example_id.encode("utf-8", "replace")) < _KEY.itemsize:
            return np.flatnonzero(np.asarray(pc.equal(self._ids, example_id)))
        keys, order = sorted_keys
        key = np.frombuffer(example_id.encode("utf-8", "replace")[: _KEY.itemsize], _KEY)[0].astype(np.uint64)
        low, high = np.searchsorted(keys, key, "left"), np.searchsorted(keys, key, "right")
        alike = np.sort(order[low:high]).astype(np.int64)
        return np.array([row for row in alike if self._ids[int(row)].as_py() == example_id], dtype=np.int64)

    def first_rows(self, wanted: pa.Array) -> Rows | None:
        """The first row that holds each of these ids, or -1, all at once; None where nothing sorted is kept,
        or not all are as long as the column's."""
        here, there = _letters(self._ids), _letters(wanted)
        sorted_keys = self._sorted if self._kept is not None else None
        if sorted_keys is None or here is None or there is None or here.shape[1] != there.shape[1]:
            return None
        keys, order = sorted_keys
        of = _keys(there)
        low, high = np.searchsorted(keys, of, "left"), np.searchsorted(keys, of, "right")
        rows = np.full(len(of), -1, dtype=np.int64)
        known = np.flatnonzero(high > low)
        rows[known] = order[low[known]]
        for at in np.flatnonzero(high - low > 1).tolist():  # alike at their beginning
            rows[at] = order[low[at] : high[at]].min()
        for at in known[(here[rows[known]] != there[known]).any(axis=1)].tolist():
            found = self.rows(wanted[at].as_py())
            rows[at] = found[0] if len(found) else -1
        return rows

    @cached_property
    def _sorted(self) -> Keys | None:
        """None where they would not pay or cannot be made."""
        if self._kept is None:
            return _sorted(self._ids)
        keys, rows = (column.to_numpy() for column in self._kept.columns)
        return (keys, rows) if len(keys) == len(self._ids) else None


def sorted_ids(ids: pa.ChunkedArray) -> pa.Table:
    """The keys and rows of an index, to be kept; none where it would not pay or cannot be made."""
    keys, rows = _sorted(joined(ids)) or (np.empty(0, np.uint64), np.empty(0, np.int32))
    return pa.table({"key": keys, "row": rows})


def _sorted(ids: Any) -> Keys | None:
    letters = _letters(ids) if len(ids) > _FEW else None
    if letters is None:
        return None
    keys = _keys(letters)
    order = np.argsort(keys).astype(np.int32)
    keys.sort()  # in place: what is let go of here the process keeps
    return keys, order


def _letters(ids: Any) -> NDArray[np.uint8] | None:
    """The bytes of each; None where they are not all of one length, or too short for a key."""
    if not len(ids) or ids.null_count or not pa.types.is_string(ids.type):
        return None
    offsets = np.frombuffer(ids.buffers()[1], np.int32)[ids.offset : ids.offset + len(ids) + 1]
    width = int(offsets[1] - offsets[0])
    if width < _KEY.itemsize or (np.diff(offsets) != width).any():
        return None
    return np.frombuffer(ids.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(-1, width)


def _keys(letters: NDArray[np.uint8]) -> NDArray[np.uint64]:
    keys = letters[:, : _KEY.itemsize].copy().view(np.uint64).reshape(-1)  # the letters stay as they are
    if sys.byteorder == "little":
        keys.byteswap(inplace=True)
    return keys


def joined(ids: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One that is mapped stays so: joining copies even what is in one piece."""
    if isinstance(ids, pa.Array):
        return ids
    return ids.chunk(0) if ids.num_chunks == 1 else ids.combine_chunks()
