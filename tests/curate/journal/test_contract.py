"""What a journal promises, whatever store holds it: each test runs with SQLite and with PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from curate.journal import Journal
from schemas.decision import ADJUDICATED, Decision
from schemas.errors import UsageError
from schemas.example import Message

WRITER = """
import sys
from curate.journal import Journal
with Journal.open(sys.argv[1]) as journal:
    sys.stdin.readline()
    for n in range(int(sys.argv[3])):
        print(journal.append(f"example-{n}", sys.argv[2], "keep").seq, flush=True)
"""


def writing(where: str, annotator: str, decisions: int) -> subprocess.Popen[bytes]:
    """A process that appends once it is told to, and prints the seq of each decision that is acknowledged."""
    command = [sys.executable, "-c", WRITER, where, annotator, str(decisions)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def go(*writers: subprocess.Popen[bytes]) -> None:
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()


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


def test_kill_loses_no_acknowledged_decision_of_a_thousand(where: str) -> None:
    acknowledged: set[int] = set()
    for killed_at in (1, 120, 400, 1000):
        process = writing(where, "ada", 100_000)
        go(process)
        assert process.stdout is not None
        while len(acknowledged) < killed_at:
            acknowledged.add(int(process.stdout.readline()))
        os.kill(process.pid, signal.SIGKILL)
        acknowledged |= {int(line) for line in process.stdout.read().split(b"\n")[:-1]}
        process.wait()
        process.stdout.close()
    with Journal.open(where) as journal:
        on_disk = {d.seq for d in journal.decisions()}
    assert acknowledged <= on_disk


def test_who_follows_two_writers_misses_nothing(journal: Journal, where: str) -> None:
    writers = [writing(where, name, 400) for name in ("ada", "bob")]
    followed: list[Decision] = []
    time.sleep(1)  # both are there
    go(*writers)
    while any(writer.poll() is None for writer in writers):
        followed += journal.decisions(after=followed[-1].seq if followed else 0)
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.close()
    followed += journal.decisions(after=followed[-1].seq if followed else 0)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert followed == journal.decisions()
    assert [sum(d.annotator == name for d in followed) for name in ("ada", "bob")] == [400, 400]


@pytest.mark.parametrize("text", ["half \ud83d of a pair", "NUL \0"])
def test_text_that_no_database_takes_is_refused(journal: Journal, text: str) -> None:
    with pytest.raises(UsageError, match="take that character out"):
        journal.append("a", "ada", "drop", reason=text)
    assert journal.decisions() == []


def test_any_other_text_comes_back_as_it_was(journal: Journal) -> None:
    text = "\x1b]0;x\x07 \x9b \u202e 漢字 👩‍👧 '); DROP TABLE decisions; -- %s %(x)s :x \\ \n"
    messages = [Message("user", text), Message("assistant", text + "\0")]
    journal.append("a", text.strip(), "edit", labels=[text], messages=messages, reason=text, note=text)
    found = journal.decisions("a", text.strip())[0]
    assert (found.reason, found.note, found.labels) == (text, text, (text,))
    assert found.messages == tuple(messages)


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
