"""A journal in PostgreSQL, for a team: every annotator's machine writes to the one server.

An append is one statement, and so one round trip. A trigger of the table makes writers take turns before the
row gets its seq: without it a seq is drawn first and committed later, and who had read up to a higher
one would never see the row. A connection that was lost is made anew once, and a row whose
acknowledgement was lost with it is looked for before it is written again.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from curate.journal import store
from curate.journal.store import COLUMNS, Fields, Row, selection
from schemas.errors import JournalError, MissingPackage, UsageError

if TYPE_CHECKING:
    import psycopg

_TAKE_TURN = "pg_advisory_xact_lock((1936287348::bigint << 32) | {table}::bigint)"  # until the commit
_TABLE = f"""
CREATE TABLE decisions (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    example_id TEXT NOT NULL,
    annotator TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('keep', 'drop', 'edit', 'skip')),
    labels TEXT NOT NULL DEFAULT '[]',
    messages TEXT,
    reason TEXT,
    note TEXT,
    dataset_version TEXT,
    run TEXT,
    undoes BIGINT REFERENCES decisions (seq),
    decided_at TEXT NOT NULL,
    batch TEXT
);
CREATE INDEX decisions_by_example ON decisions (example_id, annotator, seq);
CREATE INDEX decisions_by_annotator ON decisions (annotator, seq);
CREATE FUNCTION siftune_take_turns() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM {_TAKE_TURN.format(table="TG_RELID")};
        RETURN NULL;
    END $$;
CREATE FUNCTION siftune_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'decisions are append-only'; END $$;
CREATE TRIGGER decisions_take_turns BEFORE INSERT ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION siftune_take_turns();
CREATE TRIGGER decisions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION siftune_append_only();
"""
_MY_TURN = "SELECT " + _TAKE_TURN.format(table="'decisions'::regclass::oid")
_MAKING = 1936287349  # the advisory lock under which the table is made
_PATIENCE = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 30,
    "tcp_user_timeout": 10_000,  # milliseconds until a server that went silent is given up
    "application_name": "siftune",
}
_SAME = ("batch", "example_id", "annotator", "verdict", "undoes", "decided_at")


class PostgresStore:
    """Any number of processes on any number of machines may hold it open and append."""

    def __init__(self, url: str, place: str, connection: "psycopg.Connection[Row]") -> None:
        self._url = url
        self._place = place
        self._connection = connection
        self._depth = 0

    @classmethod
    def open(cls, url: str) -> "PostgresStore":
        """Connects, and makes the table where there is none. A password can stand in the URL, in PGPASSWORD
        or in ~/.pgpass, and is never shown. Raises JournalError, MissingPackage, UsageError for a bad URL."""
        place = _place(url)
        with _reached(place):
            connection = _connect(url)
            try:
                _make_table(connection)
            except BaseException:
                connection.close()
                raise
        return cls(url, place, connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with _reached(self._place), self._alive().transaction():
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def insert(self, rows: Sequence[Fields]) -> list[Row]:
        import psycopg

        with _reached(self._place):
            try:
                return self._add(rows)
            except psycopg.OperationalError:
                if self._depth or not self._connection.closed:
                    raise
            with self.transaction():
                self._connection.execute(_MY_TURN)
                return self._written(rows) or self._add(rows)

    def select(self, example_id: str | None, annotator: str | None, after: int) -> list[Row]:
        return self._fetched(*selection("%s", example_id, annotator, after))

    def page(self, names: str, after: int, size: int) -> list[Row]:
        return self._fetched(store.paging("%s", names), (after, size))

    def _fetched(self, query: str, values: Row) -> list[Row]:
        import psycopg

        with _reached(self._place):
            try:
                return self._connection.execute(query, values).fetchall()
            except psycopg.OperationalError:
                if self._depth or not self._connection.closed:
                    raise
            return self._alive().execute(query, values).fetchall()

    def close(self) -> None:
        self._connection.close()

    def _add(self, rows: Sequence[Fields]) -> list[Row]:
        names = list(rows[0]) if rows else []
        marks = ", ".join(f"%({name})s" for name in names)
        query = f"INSERT INTO decisions ({', '.join(names)}) VALUES ({marks}) RETURNING {COLUMNS}"
        if len(rows) == 1:  # one statement, which commits itself
            return self._connection.execute(query, rows[0]).fetchall()
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(query, rows, returning=True)
            return [row for result in cursor.results() for row in result.fetchall()]

    def _written(self, rows: Sequence[Fields]) -> list[Row]:
        """The rows, where they were written and only the answer was lost; none where they were not."""
        same = " AND ".join(f"{name} IS NOT DISTINCT FROM %({name})s" for name in _SAME)
        query = f"SELECT {COLUMNS} FROM decisions WHERE {same} ORDER BY seq LIMIT 1"
        found = [self._connection.execute(query, row).fetchone() for row in rows]
        return [row for row in found if row is not None]

    def _alive(self) -> "psycopg.Connection[Row]":
        if self._connection.closed:
            self._connection = _connect(self._url)
        return self._connection


def _connect(url: str) -> "psycopg.Connection[Row]":
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    given: dict[str, Any] = {**_PATIENCE, **conninfo_to_dict(url)}
    connection = psycopg.connect(**given, autocommit=True, client_encoding="utf8")
    connection.execute(f"SET lock_timeout = {store.LOCK_WAIT_MS}")
    durable = connection.execute("SHOW synchronous_commit").fetchone()
    if durable in (("off",), ("local",)):
        connection.execute("SET synchronous_commit = on")
    return connection


def _make_table(connection: "psycopg.Connection[Row]") -> None:
    if _has_table(connection):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
        if not _has_table(connection):
            connection.execute(_TABLE)


def _has_table(connection: "psycopg.Connection[Row]") -> bool:
    query = "SELECT 1 FROM pg_class WHERE relname = 'decisions' AND pg_table_is_visible(oid)"
    return connection.execute(query).fetchone() is not None


def _place(url: str) -> str:
    """Server and database in words, without user and password. Raises UsageError, MissingPackage."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise MissingPackage.of("psycopg", "postgres", "a journal in PostgreSQL") from None
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise UsageError(
            f"the journal's URL cannot be read: {_first_line(error).partition(url)[0]}".rstrip(' :"'),
            "write it so: postgresql://user@host:5432/database",
        ) from None
    host = given.get("host") or os.environ.get("PGHOST") or "this machine"
    return f"the database {given.get('dbname') or given.get('user') or 'of your login name'} on {host}"


@contextmanager
def _reached(place: str) -> Iterator[None]:
    import psycopg
    from psycopg import errors

    try:
        yield
    except errors.LockNotAvailable:
        raise JournalError(
            f"{place}: the decisions are locked by another writer",
            "wait for its import to end, then try again",
        ) from None
    except errors.InsufficientPrivilege as error:
        raise JournalError(
            f"{place}: {_first_line(error)}",
            "ask for SELECT and INSERT on the table decisions, or for CREATE in its schema the first time",
        ) from None
    except psycopg.OperationalError as error:
        raise JournalError(
            f"{place} is not reached: {_first_line(error)}",
            "check the server, the URL and the password (PGPASSWORD or ~/.pgpass)",
        ) from None
    except psycopg.Error as error:
        raise JournalError(
            f"{place}: {_first_line(error)}",
            "is its table decisions one of Siftune's? give the journal a database of its own",
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
