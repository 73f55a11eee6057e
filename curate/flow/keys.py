"""Keys by content: of a row, of many rows, of a stage with its settings.

A row's key covers everything that a stage may read of it, so that equal keys mean equal results. 128 bits.
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from curate.similarity.hashing import MULTIPLIER
from schemas.arrays import Ints
from schemas.canonical import to_json
from schemas.example import ID_LENGTH, Example

Keys = npt.NDArray[np.bytes_]
Ids = npt.NDArray[np.bytes_]
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
    # Numbers are looked up many times faster than strings; two keys seldom have the same.
    found = pc.index_in(pa.array(numbers(keys)), pa.array(numbers(known)))
    place: Ints = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    wrong = np.flatnonzero((place >= 0) & (known[place] != keys))
    if len(wrong):
        order = np.argsort(known, kind="stable")
        nearest = np.minimum(np.searchsorted(known[order], keys[wrong]), len(known) - 1)
        place[wrong] = np.where(known[order[nearest]] == keys[wrong], order[nearest], -1)
    return place


def numbers(keys: Keys) -> npt.NDArray[np.uint64]:
    """A number for each key, of 64 of its bits. Two keys hardly ever have the same."""
    words = np.ascontiguousarray(keys).view(np.uint64).reshape(-1, keys.dtype.itemsize // 8)
    first: npt.NDArray[np.uint64] = words[:, 0] * np.uint64(MULTIPLIER)  # eight digits, and so 32 bits
    return first + words[:, 1]


def _hexdigest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=_BYTES).hexdigest()


def _bytes(row: Example) -> bytes:
    try:
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    except (TypeError, orjson.JSONEncodeError):
        fields = {**vars(row)}
        fields["messages"] = [m.to_dict() for m in row.messages]
        return to_json(fields).encode("utf-8", "surrogatepass")
