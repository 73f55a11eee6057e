"""The journal: append-only, durable, whole after a kill, clear when it cannot be read."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from curate.journal import Journal
from schemas.decision import ADJUDICATED, Decision
from schemas.errors import JournalError, UsageError
from schemas.example import Message

WRITER = """
import sys
from pathlib import Path
from curate.journal import Journal
with Journal.open(Path(sys.argv[1])) as journal:
    for n in range(100_000):
        print(journal.append(f"example-{n}", "ada", "keep").seq, flush=True)
"""


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "decisions.db")


def test_the_latest_verdict_of_each_annotator_is_in_force(journal: Journal) -> None:
    journal.append("a", "ada", "keep")
    journal.append("a", "ada", "drop", reason="wrong answer")
    ruling = journal.rulings()["a"]
    assert ruling.verdict == "drop"
    assert [d.reason for d in ruling.decisions] == ["wrong answer"]


def test_an_undo_brings_the_verdict_before_back(journal: Journal) -> None:
    journal.append("a", "ada", "keep")
    second = journal.append("a", "ada", "drop")
    journal.append("a", "ada", "skip", undoes=second.seq)
    assert journal.rulings()["a"].verdict == "keep"
    assert [d.verdict for d in journal.decisions("a")] == ["keep", "drop", "skip"]


def test_a_skip_decides_nothing_and_takes_nothing_back(journal: Journal) -> None:
    journal.append("a", "ada", "skip")
    assert "a" not in journal.rulings()
    journal.append("b", "ada", "drop")
    journal.append("b", "ada", "skip")
    assert journal.rulings()["b"].verdict == "drop"


def test_annotators_who_differ_disagree(journal: Journal) -> None:
    journal.append("a", "ada", "keep")
    journal.append("a", "bob", "drop")
    assert journal.rulings()["a"].disagreement
    assert journal.rulings()["a"].verdict is None
    journal.append("a", "bob", "keep")
    assert journal.rulings()["a"].verdict == "keep"


def test_an_adjudication_settles_what_stands_before_it_until_it_is_undone(journal: Journal) -> None:
    journal.append("a", "ada", "keep")
    journal.append("a", "bob", "drop")
    settled = journal.append("a", "eve", "drop", labels=[ADJUDICATED])
    assert [(d.annotator, d.verdict) for d in journal.rulings()["a"].decisions] == [("eve", "drop")]
    journal.append("a", "eve", "drop", undoes=settled.seq)
    assert journal.rulings()["a"].disagreement
    journal.append("a", "ada", "keep", labels=[ADJUDICATED])
    assert journal.rulings()["a"].verdict == "keep"


def test_what_is_decided_after_an_adjudication_counts_anew(journal: Journal) -> None:
    journal.append("a", "ada", "keep")
    journal.append("a", "bob", "drop")
    journal.append("a", "eve", "drop", labels=[ADJUDICATED])
    journal.append("a", "ada", "drop")
    assert journal.rulings()["a"].verdict == "drop"
    journal.append("a", "ada", "keep")
    assert journal.rulings()["a"].disagreement
    journal.append("a", "eve", "keep")
    assert journal.rulings()["a"].verdict == "keep"


def test_nothing_can_be_changed_or_removed(journal: Journal, tmp_path: Path) -> None:
    journal.append("a", "ada", "keep")
    with sqlite3.connect(tmp_path / "decisions.db") as other:
        for statement in ("UPDATE decisions SET verdict = 'drop'", "DELETE FROM decisions"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(statement)
    other.close()


@pytest.mark.parametrize(
    ("annotator", "verdict", "messages"),
    [
        ("ada", "maybe", None),
        (" ", "keep", None),
        ("ada", "edit", None),
        ("ada", "keep", [Message("user", "x")]),
    ],
)
def test_what_makes_no_sense_is_refused(
    journal: Journal, annotator: str, verdict: str, messages: object
) -> None:
    with pytest.raises(UsageError):
        journal.append("a", annotator, verdict, messages=messages)  # type: ignore[arg-type]
    assert journal.decisions() == []


def test_export_and_import_give_the_same_rulings_and_twice_adds_nothing(
    journal: Journal, tmp_path: Path
) -> None:
    journal.append("a", "ada", "edit", messages=[Message("user", "q"), Message("assistant", "ä")])
    drop = journal.append("b", "ada", "drop", labels=["off-topic"], note="no")
    journal.append("b", "ada", "skip", undoes=drop.seq)
    lines = [line.encode() for line in journal.export_jsonl()]
    other = Journal.open(tmp_path / "other.db")
    other.append("z", "bob", "keep")  # seqs differ there
    assert other.import_jsonl(lines) == 3
    assert other.import_jsonl(lines) == 0
    rulings = other.rulings()
    assert rulings["a"].decisions[-1].messages == (Message("user", "q"), Message("assistant", "ä"))
    assert "b" not in rulings


def test_a_bad_line_imports_nothing(journal: Journal, tmp_path: Path) -> None:
    journal.append("a", "ada", "keep")
    good = next(journal.export_jsonl()).encode()
    other = Journal.open(tmp_path / "other.db")
    for bad in (b"{", b'{"seq": 1}', b'{"example_id": "a", "surprise": 1}', b"[]"):
        with pytest.raises(UsageError, match="line 2"):
            other.import_jsonl([good, bad])
    assert other.decisions() == []


def test_kill_loses_no_acknowledged_decision(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(200)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().split(b"\n")[:-1]]
    process.wait()
    process.stdout.close()
    with Journal.open(path) as journal:
        on_disk = {d.seq for d in journal.decisions()}
    assert set(acknowledged) <= on_disk


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    Journal.open(path).close()
    script = WRITER.replace("100_000", "100")
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [w.wait() for w in writers] == [0, 0]
    with Journal.open(path) as journal:
        assert len(journal.decisions()) == 200


def test_a_corrupt_journal_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    path.write_bytes(b"this is no database at all, whatever its name says" * 40)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="corrupt"):
        Journal.open(path)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("journal")
def test_a_locked_journal_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.journal.store.LOCK_WAIT_MS", 50)
    path = tmp_path / "decisions.db"
    holder = apsw.Connection(str(path))
    holder.execute("BEGIN IMMEDIATE")
    started = time.perf_counter()
    with Journal.open(path) as other, pytest.raises(JournalError, match="locked"):
        other.append("a", "ada", "keep")
    assert time.perf_counter() - started < 5
    holder.execute("ROLLBACK")
    holder.close()


def test_a_batch_is_one_step_and_survives_export(journal: Journal, tmp_path: Path) -> None:
    alone = journal.append("a", "ada", "keep")
    rows = [Decision(0, name, "ada", "drop", labels=("rude",), reason="spam") for name in "bc"]
    batch = journal.append_batch(rows)
    assert alone.batch is None
    assert len({d.batch for d in batch} - {None}) == 1
    assert [(d.seq, d.example_id, d.labels, d.reason) for d in batch] == [
        (2, "b", ("rude",), "spam"),
        (3, "c", ("rude",), "spam"),
    ]
    lines = [line.encode() for line in journal.export_jsonl()]
    with Journal.open(tmp_path / "there.db") as there:
        there.import_jsonl(lines)
        assert [d.batch for d in there.decisions()] == [d.batch for d in journal.decisions()]


def test_a_batch_is_written_whole_or_not_at_all(journal: Journal) -> None:
    good = Decision(0, "a", "ada", "keep")
    with pytest.raises(UsageError, match="an edit has messages"):
        journal.append_batch([good, replace(good, verdict="edit")])
    assert journal.append_batch([]) == []
    assert journal.decisions() == []


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
