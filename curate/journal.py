"""The journal of decisions: append-only, on disk before the caller goes on, never rewritten.

SQLite in WAL mode with full sync through apsw, whose SQLite has the WAL-reset bug of 3.51.2 and older mended.
The verdict in force is an annotator's latest decision on an example that is not undone; an undo is itself
a row, which names the seq it takes back. An adjudication settles all that was decided on its example
before it, until it is undone itself; what is decided after it counts anew.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import apsw
import orjson

from schemas.canonical import to_json
from schemas.decision import VERDICTS, Decision, Ruling, Verdict
from schemas.errors import JournalError, UsageError
from schemas.example import Message

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
_COLUMNS = (
    "seq, example_id, annotator, verdict, labels, messages, reason, note, "
    "dataset_version, run, undoes, decided_at, batch"
)
LOCK_WAIT_MS = 5000


class Journal:
    """The decisions of one workspace. Several processes may hold it open and append."""

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> "Journal":
        """Opens or makes the journal. Raises JournalError when it is locked, corrupt or not a database."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _readable(path):
            connection = apsw.Connection(str(path))
            connection.set_busy_timeout(LOCK_WAIT_MS)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_TABLE)
            _add_batch(connection)
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != ("ok",):
                raise apsw.CorruptError(str(verdict[0] if verdict else "no answer"))
            return cls(path, connection)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def append(
        self,
        example_id: str,
        annotator: str,
        verdict: Verdict,
        *,
        labels: Iterable[str] = (),
        messages: Iterable[Message] | None = None,
        reason: str | None = None,
        note: str | None = None,
        dataset_version: str | None = None,
        run: str | None = None,
        undoes: int | None = None,
    ) -> Decision:
        """Adds a decision; it is on disk when this returns. Raises UsageError for what makes no sense."""
        edited = tuple(messages) if messages is not None else None
        _check(annotator, verdict, edited, undoes)
        fields = {
            "example_id": example_id,
            "annotator": annotator,
            "verdict": verdict,
            "labels": to_json(list(labels)),
            "messages": to_json([m.to_dict() for m in edited]) if edited is not None else None,
            "reason": reason,
            "note": note,
            "dataset_version": dataset_version,
            "run": run,
            "undoes": undoes,
            "decided_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        return self._insert([fields])[0]

    def append_batch(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Adds all of them or none, as one batch: on disk when this returns. Their `seq`, `decided_at` and
        `batch` are given here. Raises UsageError for what makes no sense."""
        for decision in decisions:
            _check(decision.annotator, decision.verdict, decision.messages, decision.undoes)
        given = {"decided_at": datetime.now(UTC).isoformat(timespec="milliseconds"), "batch": uuid4().hex}
        return self._insert([_columns(plain(decision)) | given for decision in decisions])

    def decisions(
        self, example_id: str | None = None, annotator: str | None = None, after: int = 0
    ) -> list[Decision]:
        """All decisions behind the seq `after`, oldest first, undone ones and undos included."""
        wanted = [("seq >", after or None), ("example_id =", example_id), ("annotator =", annotator)]
        given = [(name, value) for name, value in wanted if value is not None]
        where = " AND ".join(f"{name} ?" for name, _ in given) or "1"
        query = f"SELECT {_COLUMNS} FROM decisions WHERE {where} ORDER BY seq"
        with _readable(self.path):
            rows = self._connection.execute(query, tuple(value for _, value in given)).fetchall()
        return [_decision(row) for row in rows]

    def rulings(self) -> dict[str, Ruling]:
        """For each decided example, the verdicts in force by annotator; skips and undone ones left out."""
        return rulings_of(self.decisions())

    def export_jsonl(self) -> Iterator[str]:
        """The whole journal, a JSON object a line, oldest first."""
        for decision in self.decisions():
            yield to_json(plain(decision))

    def import_jsonl(self, lines: Iterable[bytes]) -> int:
        """Appends decisions exported elsewhere, all or none; those already here are left out.

        Returns how many were new. `undoes` is translated to the seq that the undone decision has here.
        """
        here = {_key(plain(d)): d.seq for d in self.decisions()}
        seqs: dict[int, int] = {}
        new = 0
        with _readable(self.path), self._connection:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                fields = _parse(line, number)
                old_seq, undone = fields.pop("seq"), fields["undoes"]
                key = _key(fields)
                if undone is not None:
                    if undone not in seqs:
                        raise _bad_line(number, f"undoes {undone}, which does not stand before it")
                    fields["undoes"] = seqs[undone]
                if key not in here:
                    here[key] = self._insert([fields])[0].seq
                    new += 1
                seqs[old_seq] = here[key]
        return new

    def _insert(self, rows: list[dict[str, Any]]) -> list[Decision]:
        names = list(rows[0]) if rows else []
        query = (
            f"INSERT INTO decisions ({', '.join(names)}) "
            f"VALUES ({', '.join(':' + n for n in names)}) RETURNING {_COLUMNS}"
        )
        with _readable(self.path), self._connection:
            added = [self._connection.execute(query, row).fetchall()[0] for row in rows]
        return [_decision(row) for row in added]


def _add_batch(connection: apsw.Connection) -> None:
    """To a journal that was made before there were batches."""
    with suppress(apsw.SQLError):  # it is there
        connection.execute("ALTER TABLE decisions ADD COLUMN batch TEXT")


def standing(decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Of a journal's decisions, oldest first, those that were not undone; undos and skips are left out."""
    listed = list(decisions)
    undone = {d.undoes for d in listed if d.undoes is not None}
    for decision in listed:
        if decision.undoes is None and decision.seq not in undone and decision.verdict != "skip":
            yield decision


def rulings_of(decisions: Iterable[Decision]) -> dict[str, Ruling]:
    """Rulings from a journal's decisions, oldest first."""
    latest: dict[str, dict[str, Decision]] = {}
    for decision in standing(decisions):
        by_annotator = latest.setdefault(decision.example_id, {})
        if decision.adjudicates:
            by_annotator.clear()
        by_annotator.pop(decision.annotator, None)
        by_annotator[decision.annotator] = decision
    return {example_id: Ruling(example_id, tuple(found.values())) for example_id, found in latest.items()}


def _check(annotator: str, verdict: str, messages: tuple[Message, ...] | None, undoes: int | None) -> None:
    if verdict not in VERDICTS:
        raise UsageError(f"{verdict!r} is no verdict", f"use one of {', '.join(VERDICTS)}")
    if not annotator.strip():
        raise UsageError("a decision needs an annotator's name", "give one with --as NAME")
    if undoes is None and (verdict == "edit") != (messages is not None):
        raise UsageError("an edit has messages, and nothing else has", "pass messages with verdict 'edit'")


def _decision(row: tuple[Any, ...]) -> Decision:
    seq, example_id, annotator, verdict, labels, messages, *rest = row
    reason, note, version, run, undoes, decided_at, batch = rest
    return Decision(
        seq=seq,
        example_id=example_id,
        annotator=annotator,
        verdict=verdict,
        labels=tuple(json.loads(labels)),
        messages=tuple(Message.from_dict(m) for m in json.loads(messages)) if messages else None,
        reason=reason,
        note=note,
        dataset_version=version,
        run=run,
        undoes=undoes,
        decided_at=decided_at,
        batch=batch,
    )


def plain(decision: Decision) -> dict[str, Any]:
    """The decision as plain JSON values, keys as the table's columns."""
    fields = {name: getattr(decision, name) for name in decision.__slots__}
    fields["labels"] = list(decision.labels)
    fields["messages"] = [m.to_dict() for m in decision.messages] if decision.messages is not None else None
    return fields


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Of a decision's plain values, those of the table's columns; the seq is the table's own."""
    texts = {
        "labels": to_json(fields["labels"]),
        "messages": to_json(fields["messages"]) if fields["messages"] is not None else None,
    }
    return {name: value for name, value in {**fields, **texts}.items() if name != "seq"}


def _key(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes two rows of two journals the same decision."""
    return tuple(str(fields[name]) for name in ("example_id", "annotator", "verdict", "decided_at"))


def _parse(line: bytes, number: int) -> dict[str, Any]:
    try:
        fields = orjson.loads(line)
        decision = Decision(**fields)
        _check(decision.annotator, decision.verdict, decision.messages, decision.undoes)
    except (orjson.JSONDecodeError, TypeError) as error:
        raise _bad_line(number, str(error)) from None
    return _columns({name: fields.get(name) for name in Decision.__slots__}) | {"seq": decision.seq}


def _bad_line(number: int, why: str) -> UsageError:
    return UsageError(
        f"line {number} is no decision of `curate decisions export`: {why}",
        "nothing was imported; mend or remove that line",
    )


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
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.IOError, apsw.PermissionsError) as error:
        raise JournalError(
            f"{path}: the decisions database cannot be opened ({error})",
            "check the folder's permissions and free space",
        ) from None
