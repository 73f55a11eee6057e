"""A journal that is read as columns says what one replayed says, then and whatever is decided next."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.journal import Journal, rulings_of
from schemas import arrow
from schemas.decision import ADJUDICATED, Decision
from schemas.example import Example, Message
from schemas.statement import Apart
from tui.model.corpus import ABSENT, Corpus
from tui.model.history import History
from tui.model.id_index import IdIndex, sorted_ids
from tui.model.outcome import SECOND_LOOK
from tui.model.past import Past
from tui.model.said import FIELDS, InForce, Said
from tui.model.team import Team
from tui.model.verdicts import Verdicts

IDS = ("e1", "e2", "e3", "elsewhere")
LABELS = ((), ("rude",), (SECOND_LOOK,), (ADJUDICATED,), (Apart("e2").label,))
Step = tuple[str, str, str, tuple[str, ...], str | None]
STEP = st.tuples(
    st.sampled_from(("ada", "ada", "bob")),
    st.sampled_from(IDS),
    st.sampled_from(("keep", "drop", "skip", "edit one", "edit two")),
    st.sampled_from(LABELS),
    st.sampled_from((None, "wrong")),
)
UNDO = st.tuples(st.sampled_from(("undo", "redo")), st.sampled_from(("ada", "ada", "bob")), st.integers(0, 3))
STEPS = st.lists(STEP | UNDO, max_size=25)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    rows = [Example(name, (Message("user", name), Message("assistant", "yes")), "raw/a.jsonl", at)
            for at, name in enumerate(IDS[:3], start=1)]  # fmt: skip
    return Corpus("v1", arrow.examples_table(rows, tools=False), np.zeros(3, dtype=np.int8), None)


@contextmanager
def journal_of(steps: Sequence[tuple[object, ...]]) -> Iterator[Journal]:
    with TemporaryDirectory() as folder, Journal.open(Path(folder) / "decisions.db") as journal:
        histories = {name: History(name) for name in ("ada", "bob")}
        with journal._store.transaction():
            for step in steps:
                row = play(journal, histories, step)
                if row is not None:
                    histories[row.annotator].apply(row)
        yield journal


def play(journal: Journal, histories: dict[str, History], step: tuple[object, ...]) -> Decision | None:
    """Undo takes back one of the latest, and so not always the last."""
    if step[0] not in ("undo", "redo"):
        who, name, verdict, labels, reason = step
        verdict, _, text = str(verdict).partition(" ")
        messages = (Message("user", text),) if text else None
        return journal.append(
            str(name), str(who), verdict, labels=labels, messages=messages, reason=reason  # type: ignore[arg-type]
        )  # fmt: skip
    history, back = histories[str(step[1])], int(str(step[2]))
    if step[0] == "undo":
        done = list(history.done)
        if not done:
            return None
        gone = done[max(0, len(done) - 1 - back)]
        return journal.append(gone.example_id, gone.annotator, gone.verdict, undoes=gone.seq)
    if not history.undone:
        return None
    again = history.undone[-1]
    return journal.append(again.example_id, again.annotator, again.verdict, labels=again.labels,
                          messages=again.messages, reason=again.reason)  # fmt: skip


def states(history: History) -> list[object]:
    return [[history.current(name), history.latest(name), history.flagged(name)] for name in IDS]


@given(STEPS, STEPS)
def test_a_history_read_by_need_is_the_one_replayed(
    corpus: Corpus, steps: list[tuple[object, ...]], more: list[tuple[object, ...]]
) -> None:
    with journal_of(steps) as journal:
        replayed = History("ada", journal.decisions())
        verdicts = Verdicts(corpus, journal, "ada", None, Past.read(journal, corpus))
        by_need = verdicts.history
        assert len(by_need.done) == len(replayed.done)
        assert by_need.decided_on(date.today()) == replayed.decided_on(date.today())
        assert by_need.undone == replayed.undone
        assert by_need.undoable == replayed.undoable
        agree(corpus, verdicts, replayed)
        for step in more:
            row = play(journal, {"ada": by_need, "bob": History("bob")}, step)
            if row is not None and row.annotator == "ada":
                verdicts._take_in(row)
                replayed.apply(row)
        assert states(by_need) == states(replayed)
        assert by_need.undone == replayed.undone
        assert by_need.decided_on(date.today()) == replayed.decided_on(date.today())
        agree(corpus, verdicts, replayed)
        assert list(by_need.done) == list(replayed.done)


def agree(corpus: Corpus, verdicts: Verdicts, replayed: History) -> None:
    for row in range(len(corpus)):
        current = replayed.current(corpus.id_of(row))
        assert verdicts.verdict(row) == (current.verdict if current else None)
        assert verdicts.current(row) == current
        assert verdicts.is_flagged(row) == (replayed.flagged(corpus.id_of(row)) is not None)


@given(STEPS)
def test_a_team_read_as_columns_is_the_one_ruled(corpus: Corpus, steps: list[tuple[object, ...]]) -> None:
    with journal_of(steps) as journal:
        decisions = journal.decisions()
        past = Past.read(journal, corpus)
        team, rulings = Team(corpus, journal, "ada", past), rulings_of(decisions)
        said = Said()
        said.take_in(decisions, {name: corpus.row_of(name) for name in IDS})
        for row in range(len(corpus)):
            ruling = rulings.get(corpus.id_of(row))
            assert team.decided[row] == (ruling is not None)
            assert team.conflicts[row] == (ruling is not None and ruling.disagreement)
        assert team.n_decided == sum(corpus.row_of(name) != ABSENT for name in rulings)
        assert team.others == any(d.annotator == "bob" for d in decisions)
        for who in (None, "ada", "bob"):
            assert heard(team.said.in_force(who)) == heard(said.in_force(who))


def heard(said: InForce) -> list[object]:
    parts = ("wrong", "rude", "bob", "")
    return [[said.counts(f), [sorted(said.rows_with(f, part).tolist()) for part in parts]] for f in FIELDS]


def test_yesterdays_decisions_are_not_todays(corpus: Corpus) -> None:
    with journal_of([]) as journal:
        lines = [
            b'{"seq":%d,"example_id":"e1","annotator":"ada","verdict":"keep","labels":[],"messages":null,'
            b'"reason":null,"note":null,"dataset_version":null,"run":null,"undoes":null,'
            b'"decided_at":"%s","batch":null}' % (seq, at)
            for seq, at in enumerate(
                (b"2020-01-01T00:00:00.000+00:00", b"2020-01-01T23:00:00+01:00"), start=1
            )
        ]
        assert journal.import_jsonl(lines) == 2
        assert Past.read(journal, corpus).own("ada").today == 0
        journal.append("e2", "ada", "keep")
        journal.append("e2", "ada", "skip")
        assert Past.read(journal, corpus).own("ada").today == 1


@given(st.lists(st.text("01", min_size=8, max_size=12), min_size=1, max_size=20), st.data())
def test_many_ids_are_found_as_one_is(beginnings: list[str], data: st.DataObject) -> None:
    """Also where some are alike in what is sorted, and where one stands twice."""
    ids = [f"{name:0<12}"[:12] for name in beginnings]
    column = pa.chunked_array([pa.array(ids)])
    index = IdIndex(column, _sorted_anyway(column))
    wanted = data.draw(st.lists(st.sampled_from(ids) | st.text("01", min_size=12, max_size=12), min_size=1))
    found = index.first_rows(pa.array(wanted))
    assert found is not None
    assert found.tolist() == [ids.index(name) if name in ids else ABSENT for name in wanted]
    assert index.first_rows(pa.array(["short"])) is None


def _sorted_anyway(ids: pa.ChunkedArray) -> pa.Table:
    """As it is kept of many."""
    few = sorted_ids(pa.chunked_array([pa.concat_arrays([ids.chunk(0)] * (60_000 // len(ids)))]))
    kept = few.filter(pa.array(few["row"].to_numpy() < len(ids)))
    assert kept.num_rows == len(ids)
    return kept
