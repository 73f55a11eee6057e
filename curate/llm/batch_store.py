"""Batches that were sent and not yet fetched, on disk before anyone waits for them.

A row is written before the batch is made, with a token of ours that goes along as the batch's metadata: so a
process that dies in between can ask the endpoint whether the batch was made. It goes when every answer is
kept.
"""

import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from schemas.errors import DataError

_TABLE = """
CREATE TABLE IF NOT EXISTS batches (
    token TEXT PRIMARY KEY,
    base_url TEXT NOT NULL,
    keys TEXT NOT NULL,
    batch_id TEXT
) STRICT
"""
_LOCK_WAIT_MS = 5000


@dataclass(frozen=True, slots=True)
class Sent:
    """`keys` are the requests in it, in the order of the file; `batch_id` is None until the endpoint named
    it."""

    token: str
    keys: tuple[str, ...]
    batch_id: str | None


class BatchStore:
    """In the file of the answers. Raises DataError when it is locked or damaged."""

    def __init__(self, path: Path, base_url: str) -> None:
        self._path = path
        self._base_url = base_url
        with self._readable():
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_LOCK_WAIT_MS)
            self._connection.execute(_TABLE)

    def begin(self, keys: Sequence[str]) -> Sent:
        """Remembers a batch that is about to be made."""
        sent = Sent(secrets.token_hex(16), tuple(keys), None)
        with self._readable():
            self._connection.execute(
                "INSERT INTO batches VALUES (?, ?, ?, NULL)", (sent.token, self._base_url, "\n".join(keys))
            )
        return sent

    def made(self, sent: Sent, batch_id: str) -> Sent:
        with self._readable():
            self._connection.execute(
                "UPDATE batches SET batch_id = ? WHERE token = ?", (batch_id, sent.token)
            )
        return Sent(sent.token, sent.keys, batch_id)

    def forget(self, sent: Sent) -> None:
        """Its answers are kept, or it was never made."""
        with self._readable():
            self._connection.execute("DELETE FROM batches WHERE token = ?", (sent.token,))

    def holding(self, keys: Collection[str]) -> list[Sent]:
        """The batches of this endpoint that hold any of these requests."""
        query = "SELECT token, keys, batch_id FROM batches WHERE base_url = ? ORDER BY rowid"
        with self._readable():
            rows = self._connection.execute(query, (self._base_url,)).fetchall()
        found = [Sent(str(t), tuple(str(k).split("\n")), str(b) if b else None) for t, k, b in rows]
        return [sent for sent in found if not set(keys).isdisjoint(sent.keys)]

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            raise DataError(
                f"{self._path}: the list of batches cannot be used ({error})",
                "wait for another build to end; or move the file away: its answers are then paid for again",
            ) from None
