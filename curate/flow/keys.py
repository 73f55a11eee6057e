"""Keys by content: of a row, of many rows, of a stage with its settings.

A row's key covers everything that a stage may read of it, so that equal keys mean equal results. 128 bits.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from schemas.canonical import to_json
from schemas.example import ID_LENGTH, Example

Keys = npt.NDArray[np.bytes_]
Ids = npt.NDArray[np.bytes_]
Ints = npt.NDArray[np.int64]
_BYTES = 16
_NAMING = 8  # rows
_DTYPE = np.dtype((np.bytes_, 2 * _BYTES))  # hexadecimal: numpy strips zero bytes at the end of a string


def row_keys(rows: Sequence[Example]) -> Keys:
    return np.array([_hexdigest(_bytes(row)) for row in rows], _DTYPE)


def no_keys() -> Keys:
    return np.array([], _DTYPE)


def no_ids() -> Ids:
    return np.array([], np.dtype((np.bytes_, ID_LENGTH)))


def digest(parts: Iterable[bytes]) -> str:
    """One key for several pieces; where one ends and the next begins counts."""
    hashed = hashlib.blake2b(digest_size=_BYTES)
    for part in parts:
        hashed.update(len(part).to_bytes(8, "little"))
        hashed.update(part)
    return hashed.hexdigest()


def part_name(keys: Keys) -> str:
    """A name for the rows of a part, under which what is known of each is kept by its key. It follows from
    the first rows alone, so that a part that grew, or lost some rows, keeps its name."""
    return digest([keys[:_NAMING].tobytes()])


def fingerprint(value: object) -> str:
    """The key of a JSON value."""
    return digest([to_json(value).encode("utf-8", "surrogatepass")])


def places(known: Keys, keys: Keys) -> Ints:
    """Where each of `keys` stands in `known`, or -1."""
    if np.array_equal(known, keys):
        return np.arange(len(keys))
    if not len(known) or not len(keys):
        return np.full(len(keys), -1)
    # Numbers are sorted many times faster than strings; the first bytes of keys are seldom the same.
    starts, wanted = _starts(known), _starts(keys)
    order = np.argsort(starts, kind="stable")
    ordered = starts[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.argsort(known, kind="stable")
        ordered, wanted = known[order], keys
    nearest = np.minimum(np.searchsorted(ordered, wanted), len(known) - 1)
    return np.where(known[order[nearest]] == keys, order[nearest], -1)


def _starts(keys: Keys) -> npt.NDArray[Any]:
    """The first bytes of each key, as a number."""
    words = np.ascontiguousarray(keys).view(np.uint64).reshape(len(keys), -1)
    return np.ascontiguousarray(words[:, 0])


def _hexdigest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=_BYTES).hexdigest()


def _bytes(row: Example) -> bytes:
    try:
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    except (TypeError, orjson.JSONEncodeError):
        fields = {name: getattr(row, name) for name in row.__slots__}
        fields["messages"] = [m.to_dict() for m in row.messages]
        return to_json(fields).encode("utf-8", "surrogatepass")
