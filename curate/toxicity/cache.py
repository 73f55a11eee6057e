"""A cache of scores in SQLite: scores under a hash of scorer and text, never the text.

Several processes may use one file. The first score of a text stays, so that a rebuild scores it the same.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from curate.toxicity.scorer import Scorer, Scores
from schemas.errors import DataError

_BUSY_MS = 30_000


class CachedScorer:
    """Asks `scorer` only for texts that the file at `path` does not know. Pickles without its connection."""

    def __init__(self, scorer: Scorer, path: Path) -> None:
        self._scorer = scorer
        self._path = path
        self._connection: apsw.Connection | None = None

    @property
    def identity(self) -> str:
        return self._scorer.identity

    @property
    def labels(self) -> Sequence[str]:
        return self._scorer.labels

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connection": None}

    def __call__(self, texts: Sequence[str]) -> list[Scores]:
        keys = [self._key(text) for text in texts]
        try:
            known = self._read(keys)
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            if missing:
                self._write(dict(zip(missing, self._scorer(list(missing.values())), strict=True)))
                known |= self._read(list(missing))
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise DataError(
                f"{self._path}: the cache of toxicity scores is damaged ({error})",
                "delete the file; it fills again by itself",
            ) from error
        return [known[key] for key in keys]

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.identity}\0{text}".encode("utf-8", "surrogatepass")).digest()

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, Scores]:
        connection = self._connect()
        found: dict[bytes, Scores] = {}
        for key in dict.fromkeys(keys):
            for (scores,) in connection.execute("SELECT scores FROM scores WHERE key = ?", (key,)):
                found[key] = json.loads(str(scores))
        return found

    def _write(self, scores: dict[bytes, Scores]) -> None:
        with self._connect() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO scores VALUES (?, ?)",
                [(key, json.dumps(value, sort_keys=True)) for key, value in scores.items()],
            )

    def _connect(self) -> apsw.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = apsw.Connection(str(self._path))
            connection.set_busy_timeout(_BUSY_MS)
            connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, scores TEXT NOT NULL) WITHOUT ROWID"
            )
            self._connection = connection
        return self._connection
