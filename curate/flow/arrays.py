"""Arrays by name as bytes and back, without copying them on the way back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

_ALIGNED = 8
_LENGTH = 8  # bytes that say how long the description of the arrays is


def packed(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Names, types and shapes as JSON, then the arrays one after another. Raises ValueError for objects."""
    if any(array.dtype.hasobject for array in arrays.values()):
        raise ValueError("arrays of objects cannot be kept")
    about = [[name, array.dtype.str, array.shape] for name, array in arrays.items()]
    head = orjson.dumps(about)
    parts = [len(head).to_bytes(_LENGTH, "little"), head, _padding(len(head))]
    for array in arrays.values():
        parts += [np.ascontiguousarray(array).tobytes(), _padding(array.nbytes)]
    return b"".join(parts)


def unpacked(data: bytes | memoryview) -> dict[str, npt.NDArray[Any]]:
    """The arrays, not to be written to."""
    data = memoryview(data)
    length = int.from_bytes(data[:_LENGTH], "little")
    at = _LENGTH + length + len(_padding(length))
    found: dict[str, npt.NDArray[Any]] = {}
    for name, kind, shape in orjson.loads(data[_LENGTH : _LENGTH + length]):
        array: npt.NDArray[Any] = np.ndarray(shape, np.dtype(kind), data, at)
        found[name] = array
        at += array.nbytes + len(_padding(array.nbytes))
    return found


def _padding(size: int) -> bytes:
    return bytes(-size % _ALIGNED)
