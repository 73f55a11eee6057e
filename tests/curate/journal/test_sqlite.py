"""The journal in a file: append-only, clear when it cannot be read, open to journals of earlier versions."""

import sqlite3
import time
from pathlib import Path

import apsw
import pytest

from curate.journal import Journal
from schemas.decision import Decision
from schemas.errors import JournalError


def test_nothing_can_be_changed_or_removed(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    with Journal.open(path) as journal:
        journal.append("a", "ada", "keep")
    with sqlite3.connect(path) as other:
        for statement in ("UPDATE decisions SET verdict = 'drop'", "DELETE FROM decisions"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(statement)
    other.close()


def test_a_corrupt_journal_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    path.write_bytes(b"this is no database at all, whatever its name says" * 40)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="corrupt"):
        Journal.open(path)
    assert path.read_bytes() == before


def test_a_locked_journal_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.journal.store.LOCK_WAIT_MS", 50)
    path = tmp_path / "decisions.db"
    Journal.open(path).close()
    holder = apsw.Connection(str(path))
    holder.execute("BEGIN IMMEDIATE")
    started = time.perf_counter()
    with Journal.open(path) as other, pytest.raises(JournalError, match="locked"):
        other.append("a", "ada", "keep")
    assert time.perf_counter() - started < 5
    holder.execute("ROLLBACK")
    holder.close()


def test_a_journal_from_before_batches_opens(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    with Journal.open(path) as journal:
        journal.append("a", "ada", "keep")
    old = sqlite3.connect(path)
    old.execute("ALTER TABLE decisions DROP COLUMN batch")
    old.commit()
    old.close()
    with Journal.open(path) as journal:
        journal.append_batch([Decision(0, "b", "ada", "drop")])
        assert [d.batch is None for d in journal.decisions()] == [True, False]
