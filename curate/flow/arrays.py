"""Arrays by name in a file: some of them can be read without the others. Each has a check of its own."""

import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

_LENGTH = 4  # bytes that say how long the description of the arrays is, and bytes of its check


def packed(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Names, types, shapes and checks as JSON, then the arrays one after another. Raises ValueError for
    objects."""
    if any(array.dtype.hasobject for array in arrays.values()):
        raise ValueError("arrays of objects cannot be kept")
    data = {name: np.ascontiguousarray(array).tobytes() for name, array in arrays.items()}
    about = [[name, a.dtype.str, a.shape, zlib.crc32(data[name])] for name, a in arrays.items()]
    head = orjson.dumps(about)
    return b"".join([_number(len(head)), _number(zlib.crc32(head)), head, *data.values()])


def unpacked(path: Path, only: Collection[str] | None = None) -> dict[str, npt.NDArray[Any]] | None:
    """The arrays of a file, not to be written to, or `only` those of these names. None where what was asked
    for is not whole. Raises OSError."""
    found: dict[str, npt.NDArray[Any]] = {}
    with path.open("rb", buffering=0) as file:
        start = file.read(2 * _LENGTH)
        head = file.read(int.from_bytes(start[:_LENGTH], "little"))
        if _number(zlib.crc32(head)) != start[_LENGTH:]:
            return None
        at = len(start) + len(head)
        for name, kind, shape, check in orjson.loads(head):
            dtype = np.dtype(kind)
            size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
            if only is None or name in only:
                file.seek(at)
                data = file.read(size)
                if len(data) != size or zlib.crc32(data) != check:
                    return None
                found[name] = np.ndarray(shape, dtype, data)
            at += size
    return found


def _number(value: int) -> bytes:
    return value.to_bytes(_LENGTH, "little")
