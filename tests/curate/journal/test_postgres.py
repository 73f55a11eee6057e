"""The journal in a real PostgreSQL: order of seqs, lost connections and answers, crashes, rights, words."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from cut_line import line_to
from postgres_server import Server

from curate.journal import Journal
from schemas.decision import Decision
from schemas.errors import JournalError, UsageError

INSERT = (
    "INSERT INTO decisions (example_id, annotator, verdict, decided_at) VALUES ('x', 'eve', 'keep', 'now')"
)


def test_seqs_are_given_in_the_order_in_which_rows_are_seen(postgres_url: str) -> None:
    """A writer that began later must not get a seq between those of a transaction still open."""
    with Journal.open(postgres_url) as journal, psycopg.connect(postgres_url) as slow:
        slow.execute(INSERT)
        written: list[Decision] = []
        waiting = threading.Thread(target=lambda: written.append(journal.append("a", "ada", "keep")))
        waiting.start()
        time.sleep(0.3)
        assert written == []
        slow.execute(INSERT)
        slow.commit()
        waiting.join()
        seqs = {d.annotator: d.seq for d in journal.decisions()}
    assert written[0].seq == seqs["ada"] > seqs["eve"]


def test_nothing_can_be_changed_or_removed(postgres_url: str) -> None:
    with Journal.open(postgres_url) as journal:
        journal.append("a", "ada", "keep")
    with psycopg.connect(postgres_url, autocommit=True) as other:
        for statement in (
            "UPDATE decisions SET verdict = 'drop'",
            "DELETE FROM decisions",
            "TRUNCATE decisions",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                other.execute(statement)


def test_several_may_make_the_table_at_once(postgres_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for journal in pool.map(Journal.open, [postgres_url] * 4):
            journal.append("a", "ada", "keep")
            journal.close()


def test_a_lost_connection_is_made_anew(postgres_url: str) -> None:
    with Journal.open(postgres_url) as journal:
        journal.append("a", "ada", "keep")
        _disconnect_all(postgres_url)
        journal.append("b", "ada", "keep")
        _disconnect_all(postgres_url)
        assert [d.example_id for d in journal.decisions()] == ["a", "b"]
        _disconnect_all(postgres_url)
        journal.append_batch([Decision(0, name, "ada", "drop") for name in "cd"])
        assert [d.example_id for d in journal.decisions()] == ["a", "b", "c", "d"]


def test_a_decision_whose_acknowledgement_was_lost_is_not_written_twice(
    postgres: Server, postgres_url: str
) -> None:
    with line_to(postgres.port) as line:
        through = postgres_url.replace(f":{postgres.port}/", f":{line.port}/")
        with Journal.open(through) as journal:
            line.cut_at_next_answer = True
            written = journal.append("a", "ada", "keep")
            assert not line.cut_at_next_answer
            assert journal.decisions() == [written]
            line.cut_at_next_answer = True
            assert journal.decisions() == [written]


def test_what_was_acknowledged_survives_a_crash_of_the_server(postgres: Server, postgres_url: str) -> None:
    with Journal.open(postgres_url) as journal:
        written = [journal.append(f"{n}", "ada", "keep") for n in range(20)]
        postgres.stop("immediate")
        with pytest.raises(JournalError, match="not reached"):
            journal.append("lost", "ada", "keep")
        postgres.start()
        written.append(journal.append("after", "ada", "keep"))
        assert journal.decisions() == written


def test_a_lock_that_is_held_is_said(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.journal.store.LOCK_WAIT_MS", 50)
    with Journal.open(postgres_url) as journal, psycopg.connect(postgres_url) as holder:
        holder.execute(INSERT)
        with pytest.raises(JournalError, match="locked by another writer"):
            journal.append("a", "ada", "keep")
        holder.rollback()
        assert journal.append("a", "ada", "keep") == journal.decisions()[0]


def test_an_annotator_needs_no_more_rights_than_to_read_and_add(postgres_url: str) -> None:
    Journal.open(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("CREATE ROLE annotator LOGIN")
        owner.execute(
            "DO $$ BEGIN EXECUTE 'GRANT USAGE ON SCHEMA ' || current_schema() || ' TO annotator'; END $$"
        )
        owner.execute("GRANT SELECT ON decisions TO annotator")
        try:
            with Journal.open(postgres_url.replace("siftune@", "annotator@")) as journal:
                with pytest.raises(JournalError, match="permission denied") as refused:
                    journal.append("a", "ada", "keep")
                assert "SELECT and INSERT" in refused.value.mend
                owner.execute("GRANT INSERT ON decisions TO annotator")
                journal.append("a", "ada", "keep")
        finally:
            owner.execute("DROP OWNED BY annotator")
            owner.execute("DROP ROLE annotator")


def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    with pytest.raises(JournalError, match=r"the database team on 127\.0\.0\.1 is not reached") as error:
        Journal.open("postgresql://ada:sesame@127.0.0.1:1/team")
    assert "sesame" not in str(error.value)


@pytest.mark.parametrize("url", ["postgresql://ada:sesame@[h/x", "postgresql://ada:sesame@h/x?nonsense=1"])
def test_a_url_that_is_none_is_said_without_the_password(url: str) -> None:
    with pytest.raises(UsageError) as error:
        Journal.open(url)
    assert "sesame" not in str(error.value)


def test_a_database_with_another_table_of_that_name_is_left_alone(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("CREATE TABLE decisions (verdict text)")
    with Journal.open(postgres_url) as journal, pytest.raises(JournalError, match="database of its own"):
        journal.append("a", "ada", "keep")


def _disconnect_all(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'siftune'"
        )
