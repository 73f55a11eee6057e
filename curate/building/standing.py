"""The row groups of the version that was built last: where each lies, and what it must be made of.

Texts are in the version alone. What is kept in the cache are keys, places and checks; a row group that is
not there any more, or is not what it was, is made anew.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curate.building.row_groups import RowGroup
from curate.flow.cache import StageCache
from curate.flow.keys import digest

_NAME = digest([b"row groups"])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row group's body is in its file, its check, and its part of the footer."""

    file: str
    offset: int
    size: int
    check: int
    rows: int
    about: bytes


class Standing:
    """`datasets` is the folder of all versions."""

    def __init__(self, cache: StageCache, datasets: Path) -> None:
        self._cache = cache
        self._datasets = datasets
        self._known = self._read()
        self._written: dict[str, _Place] = {}

    def has(self, key: str) -> bool:
        return key in self._known

    def take(self, key: str) -> RowGroup | None:
        """None where it is not there, or not as it was."""
        place = self._known.get(key)
        if place is None:
            return None
        try:
            with (self._datasets / place.file).open("rb", buffering=0) as file:
                file.seek(place.offset)
                body = file.read(place.size)
        except OSError:
            return None
        whole = zlib.crc32(body) == place.check
        return RowGroup(place.rows, body, place.about, place.check) if whole else None

    def written(self, key: str, file: str, offset: int, group: RowGroup) -> None:
        """`file` is relative to the folder of versions."""
        place = _Place(file, offset, len(group.body), group.check, group.rows, group.about)
        self._written[key] = place

    def keep(self) -> None:
        """Keeps what was written for the next build."""
        places = list(self._written.values())
        self._cache.keep_arrays(
            _NAME,
            {
                "keys": np.array(list(self._written), np.bytes_),
                "files": np.array([place.file.encode() for place in places], np.bytes_),
                "numbers": np.array([(p.offset, p.size, p.check, p.rows) for p in places], np.int64),
                "abouts": np.frombuffer(b"".join(place.about for place in places), np.uint8),
                "ends": np.cumsum([len(place.about) for place in places], dtype=np.int64),
            },
        )

    def _read(self) -> dict[str, _Place]:
        found = self._cache.arrays(_NAME)
        if not found:
            return {}
        abouts, ends = found["abouts"].tobytes(), found["ends"].tolist()
        parts = [abouts[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        columns = zip(
            found["keys"].tolist(), found["files"].tolist(), found["numbers"].tolist(), parts, strict=True
        )
        return {
            key.decode(): _Place(file.decode(), offset, size, check, rows, about)
            for key, file, (offset, size, check, rows), about in columns
        }
