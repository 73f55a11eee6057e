"""Small answers by key, kept from build to build."""

from typing import Any

import numpy as np

from curate.flow.cache import StageCache
from curate.flow.keys import digest
from schemas.stage import MEMO_BYTES

_MOST_KEPT = 4  # times the answers that a build used: more than that and those it did not use are given up
_KEY = np.dtype((np.void, MEMO_BYTES))


class KeptMemo:
    """`schemas.stage.Memo` over a file of the cache."""

    def __init__(self, cache: StageCache, name: str) -> None:
        self._cache = cache
        self._file = digest([b"memo", name.encode()])
        found = cache.arrays(self._file)
        self._known: dict[bytes, int] = {}
        if found:
            keys: list[Any] = found["keys"].view(_KEY).ravel().tolist()
            self._known.update(zip(keys, found["values"].tolist(), strict=True))
        self._used: dict[bytes, int] = {}
        self._grew = False

    def get(self, key: bytes) -> int | None:
        value = self._known.get(key)
        if value is not None:
            self._used[key] = value
        return value

    def put(self, key: bytes, value: int) -> None:
        self._known[key] = self._used[key] = value
        self._grew = True

    def keep(self, *, forget: bool = True) -> None:
        """Writes what there is. Where all that is asked for was, it may `forget` the rest."""
        if not self._grew:
            return
        much = len(self._known) > _MOST_KEPT * len(self._used)
        kept = self._used if forget and much else self._known
        keys = np.frombuffer(b"".join(kept), np.uint8).reshape(-1, MEMO_BYTES)
        values = np.fromiter(kept.values(), np.uint8, len(kept))
        self._cache.keep_arrays(self._file, {"keys": keys, "values": values})
