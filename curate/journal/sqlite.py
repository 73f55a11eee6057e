"""A journal in one file: SQLite in WAL mode with full sync, for one machine.

Through apsw, whose SQLite has the WAL-reset bug of 3.51.2 and older mended.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from curate.journal import store
from curate.journal.store import COLUMNS, Fields, Row, selection
from schemas.errors import JournalError

_TABLE = """
CREATE TABLE IF NOT EXISTS decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    example_id TEXT NOT NULL,
    annotator TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('keep', 'drop', 'edit', 'skip')),
    labels TEXT NOT NULL DEFAULT '[]',
    messages TEXT,
    reason TEXT,
    note TEXT,
    dataset_version TEXT,
    run TEXT,
    undoes INTEGER REFERENCES decisions (seq),
    decided_at TEXT NOT NULL,
    batch TEXT
);
CREATE INDEX IF NOT EXISTS decisions_by_example ON decisions (example_id, annotator, seq);
CREATE INDEX IF NOT EXISTS decisions_by_annotator ON decisions (annotator, seq);
CREATE TRIGGER IF NOT EXISTS decisions_stay BEFORE UPDATE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER IF NOT EXISTS decisions_remain BEFORE DELETE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
"""


class SqliteStore:
    """Processes of one machine may hold it open and append: writers take turns, readers never wait."""

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> "SqliteStore":
        """Opens or makes the file. Raises JournalError when it is locked, corrupt or not a database."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _readable(path):
            connection = apsw.Connection(str(path))
            connection.set_busy_timeout(store.LOCK_WAIT_MS)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_TABLE)
            _add_batch(connection)
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != ("ok",):
                raise apsw.CorruptError(str(verdict[0] if verdict else "no answer"))
            return cls(path, connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with _readable(self._path), self._connection:
            yield

    def insert(self, rows: Sequence[Fields]) -> list[Row]:
        names = list(rows[0]) if rows else []
        query = (
            f"INSERT INTO decisions ({', '.join(names)}) "
            f"VALUES ({', '.join(':' + name for name in names)}) RETURNING {COLUMNS}"
        )
        with self.transaction():
            return [self._connection.execute(query, row).fetchall()[0] for row in rows]

    def select(self, example_id: str | None, annotator: str | None, after: int) -> list[Row]:
        query, values = selection("?", example_id, annotator, after)
        with _readable(self._path):
            return self._connection.execute(query, values).fetchall()

    def page(self, names: str, after: int, size: int) -> list[Row]:
        with _readable(self._path):
            return self._connection.execute(store.paging("?", names), (after, size)).fetchall()

    def close(self) -> None:
        self._connection.close()


def _add_batch(connection: apsw.Connection) -> None:
    """To a journal that was made before there were batches."""
    with suppress(apsw.SQLError):  # it is there
        connection.execute("ALTER TABLE decisions ADD COLUMN batch TEXT")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (apsw.BusyError, apsw.LockedError):
        raise JournalError(
            f"{path}: the decisions database is locked by another process",
            "close the other review or build, then try again",
        ) from None
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise JournalError(
            f"{path}: the decisions database is corrupt ({error})",
            f"keep a copy, recover it with `sqlite3 {path.name} .recover`, or move it away",
        ) from None
    except (
        apsw.CantOpenError,
        apsw.ReadOnlyError,
        apsw.IOError,
        apsw.FullError,
        apsw.PermissionsError,
    ) as error:
        raise JournalError(
            f"{path}: the decisions database cannot be opened or written ({error})",
            "check the folder's permissions and free space",
        ) from None
