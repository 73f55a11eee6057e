"""Every answer that was paid for, by the content of its request, on disk before anyone uses it.

The key is a SHA-256 over endpoint, model, messages, parameters, schema and sample index. No request and no
API key is stored: a row holds the answer's text and the tokens it cost. Each row is committed as it arrives,
so that `kill -9` makes nobody pay twice. The disk syncs at checkpoints only: a sync for each answer would
hold up all requests, and what a power cut can cost is the last few answers, never the file.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import apsw

from curate.llm.request import Answer, Request, Usage
from schemas.canonical import to_json
from schemas.errors import DataError

_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    content TEXT NOT NULL,
    refusal TEXT,
    finish_reason TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER
) STRICT
"""
_LOCK_WAIT_MS = 5000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go and the parameters they share: with a request, what makes an answer's identity.
    `purpose` takes no part in it: errors begin with it."""

    base_url: str
    model: str
    temperature: float | None
    purpose: str = "llm"

    @property
    def host(self) -> str:
        """What may be said and logged of the address: no credentials, no query."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def address(self) -> str:
        """The whole address without credentials."""
        url = urlsplit(self.base_url)
        return f"{url.scheme}://{self.host}{url.path.rstrip('/')}"

    def key(self, request: Request) -> str:
        """The request's name in the cache. Credentials in the URL take no part in it."""
        identity = {
            "kind": "chat.completions",
            "base_url": self.address,
            "model": self.model,
            "temperature": self.temperature,
            "messages": request.messages,
            "schema": request.schema,
            "max_tokens": request.max_tokens,
            "sample": request.sample,
        }
        return hashlib.sha256(to_json(identity).encode("utf-8", "surrogatepass")).hexdigest()


class AnswerCache:
    """Answers by key. Raises DataError when the file is locked or damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._readable():
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_LOCK_WAIT_MS)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(_TABLE)

    def get(self, key: str) -> Answer | None:
        query = "SELECT content, refusal, finish_reason FROM answers WHERE key = ?"
        with self._readable():
            row = self._connection.execute(query, (key,)).fetchone()
        return Answer(*row) if row else None

    def put(self, key: str, model: str, answer: Answer, usage: Usage | None) -> None:
        """Survives the process when it returns. The first answer to a request stays."""
        values = (
            key,
            model,
            answer.content,
            answer.refusal,
            answer.finish_reason,
            usage.input_tokens if usage else None,
            usage.output_tokens if usage else None,
        )
        with self._readable():
            self._connection.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except apsw.BusyError:
            raise DataError(
                f"{self.path}: locked by another process", "wait for the other build to end, then run again"
            ) from None
        except apsw.Error as error:
            raise DataError(
                f"{self.path}: the cache of answers cannot be used ({error})",
                "make room on the disk, or move the file away: its answers are then paid for again",
            ) from None
