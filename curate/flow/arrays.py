"""Arrays by name in a file: some of them can be read without the others. Each has a check of its own."""

import mmap
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

_LENGTH = 4  # bytes that say how long the description of the arrays is, and bytes of its check
_ALIGNED = 8  # bytes; an array that is mapped must start at a multiple of its entries' size


def packed(arrays: Mapping[str, npt.NDArray[Any]]) -> list[bytes | memoryview]:
    """Names, types, shapes and checks as JSON, then the arrays one after another, none of them copied. Raises
    ValueError for objects."""
    if any(array.dtype.hasobject for array in arrays.values()):
        raise ValueError("arrays of objects cannot be kept")
    ordered = sorted(arrays.items(), key=lambda one: one[1].dtype.itemsize % _ALIGNED != 0)
    data = [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for _, array in ordered]
    about = [
        [name, a.dtype.str, a.shape, zlib.crc32(own)] for (name, a), own in zip(ordered, data, strict=True)
    ]
    head = orjson.dumps(about)
    head += b" " * (-len(head) % _ALIGNED)
    return [_number(len(head)), _number(zlib.crc32(head)), head, *data]


def unpacked(path: Path, only: Collection[str] | None = None) -> dict[str, npt.NDArray[Any]] | None:
    """The arrays of a file, not to be written to, or `only` those of these names. None where what was asked
    for is not whole. Raises OSError."""
    found: dict[str, npt.NDArray[Any]] = {}
    with path.open("rb", buffering=0) as file:
        start = file.read(2 * _LENGTH)
        head = file.read(int.from_bytes(start[:_LENGTH], "little"))
        if _number(zlib.crc32(head)) != start[_LENGTH:]:
            return None
        for name, dtype, shape, check, at, size in _described(head, len(start)):
            if only is None or name in only:
                file.seek(at)
                data = file.read(size)
                if len(data) != size or zlib.crc32(data) != check:
                    return None
                found[name] = np.ndarray(shape, dtype, data)
    return found


def mapped(
    path: Path,
    only: Collection[str] | None = None,
    *,
    check: bool = True,
    unchecked: Collection[str] = (),
) -> dict[str, npt.NDArray[Any]] | None:
    """The same without reading what nobody looks at, where `check` does not ask for it; it asks for all but
    those `unchecked`. The arrays stay what they are when the file is replaced."""
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return None
    start = data[: 2 * _LENGTH]
    head = data[2 * _LENGTH : 2 * _LENGTH + int.from_bytes(start[:_LENGTH], "little")]
    if _number(zlib.crc32(head)) != start[_LENGTH:]:
        return None
    found: dict[str, npt.NDArray[Any]] = {}
    for name, dtype, shape, expected, at, size in _described(head, len(start)):
        if only is None or name in only:
            checked = check and name not in unchecked
            if at + size > len(data) or (
                checked and zlib.crc32(memoryview(data)[at : at + size]) != expected
            ):
                return None
            found[name] = np.ndarray(shape, dtype, data, at)
    return found


def _described(head: bytes, before: int) -> Iterator[tuple[str, np.dtype[Any], list[int], int, int, int]]:
    """Of each array its name, type, shape and check, where it starts, and its bytes."""
    at = before + len(head)
    for name, kind, shape, check in orjson.loads(head):
        dtype = np.dtype(kind)
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        yield name, dtype, shape, check, at, size
        at += size


def _number(value: int) -> bytes:
    return value.to_bytes(_LENGTH, "little")
