"""Where an example's id stands in a column of ids, found without looking at every row.

Ids are hex digits of one length, so their first eight bytes are sorted once as numbers: 12 bytes a row.
Columns of other texts, and short ones, are looked through.
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


class IdIndex:
    """Rows of `ids`, a column of texts, by text."""

    def __init__(self, ids: pa.ChunkedArray | pa.Array) -> None:
        self._ids: Any = _joined(ids) if isinstance(ids, pa.ChunkedArray) else ids

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

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]] | None:
        """The keys in order and the row of each; None where they would not pay or cannot be made."""
        ids = self._ids
        if len(ids) <= _FEW or ids.null_count or not pa.types.is_string(ids.type):
            return None
        offsets = np.frombuffer(ids.buffers()[1], np.int32)[ids.offset : ids.offset + len(ids) + 1]
        width = int(offsets[1] - offsets[0])
        if width < _KEY.itemsize or (np.diff(offsets) != width).any():
            return None
        letters = np.frombuffer(ids.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(-1, width)
        keys = np.ascontiguousarray(letters[:, : _KEY.itemsize]).view(np.uint64).reshape(-1)
        if sys.byteorder == "little":
            keys.byteswap(inplace=True)
        order = np.argsort(keys).astype(np.int32)
        keys.sort()  # in place: what is let go of here the process keeps
        return keys, order


def _joined(ids: pa.ChunkedArray) -> pa.Array:
    """One that is mapped stays so: joining copies even what is in one piece."""
    return ids.chunk(0) if ids.num_chunks == 1 else ids.combine_chunks()
