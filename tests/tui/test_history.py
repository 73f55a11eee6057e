"""Undo and redo, by replay: whatever was done, undo∘do changes nothing, and a restart changes nothing."""

import tracemalloc
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from curate.journal.store import decision_of
from schemas.decision import Decision
from schemas.statement import Apart
from tui.model.history import History

IDS = ("e1", "e2", "e3")


@dataclass
class Book:
    """A journal in memory: the same rows as on disk, without the disk."""

    rows: list[Decision] = field(default_factory=list)
    history: History = field(default_factory=lambda: History("ada"))

    def write(
        self, example_id: str, verdict: str, reason: str | None = None, undoes: int | None = None
    ) -> None:
        row = Decision(
            seq=len(self.rows) + 1,
            example_id=example_id,
            annotator="ada",
            verdict=verdict,  # type: ignore[arg-type]
            reason=reason,
            undoes=undoes,
            decided_at="2026-01-01T00:00:00.000+00:00",
        )
        self.rows.append(row)
        self.history.apply(row)

    def undo(self) -> None:
        if self.history.done:
            latest = self.history.done[-1]
            self.write(latest.example_id, latest.verdict, undoes=latest.seq)

    def redo(self) -> None:
        if self.history.undone:
            again = self.history.undone[-1]
            self.write(again.example_id, again.verdict, again.reason)


def content(decision: Decision | None) -> tuple[str, str | None] | None:
    return (decision.verdict, decision.reason) if decision else None


def in_force(history: History) -> dict[str, tuple[str, str | None] | None]:
    return {example_id: content(history.current(example_id)) for example_id in IDS}


DO = st.tuples(
    st.sampled_from(IDS), st.sampled_from(("keep", "drop", "skip")), st.sampled_from((None, "wrong", "rude"))
)
STEP = st.one_of(DO, st.sampled_from(("undo", "redo")))


def play(steps: list[tuple[str, str, str | None] | str]) -> Book:
    book = Book()
    for step in steps:
        if step == "undo":
            book.undo()
        elif step == "redo":
            book.redo()
        else:
            book.write(*step)
    return book


@given(st.lists(STEP, max_size=30), DO)
def test_undo_after_do_is_nothing(
    steps: list[tuple[str, str, str | None] | str], do: tuple[str, str, str]
) -> None:
    book = play(steps)
    before, count = in_force(book.history), len(book.history.done)
    book.write(*do)
    book.undo()
    assert in_force(book.history) == before
    assert len(book.history.done) == count


@given(st.lists(STEP, max_size=30))
def test_redo_after_undo_is_nothing(steps: list[tuple[str, str, str | None] | str]) -> None:
    book = play(steps)
    before, could_redo = in_force(book.history), len(book.history.undone)
    if book.history.done:
        book.undo()
        book.redo()
        assert in_force(book.history) == before
        assert len(book.history.undone) == could_redo


@given(st.lists(STEP, max_size=30))
def test_everything_can_be_undone(steps: list[tuple[str, str, str | None] | str]) -> None:
    book = play(steps)
    while book.history.done:
        book.undo()
    assert in_force(book.history) == dict.fromkeys(IDS)
    assert not book.history.examples()


@given(st.lists(STEP, max_size=30))
def test_a_restart_changes_nothing(steps: list[tuple[str, str, str | None] | str]) -> None:
    book = play(steps)
    again = History("ada", book.rows)
    assert (list(again.done), again.undone) == (list(book.history.done), book.history.undone)
    assert in_force(again) == in_force(book.history)


def test_another_decision_ends_what_could_be_redone() -> None:
    book = play([("e1", "drop", "wrong"), "undo", ("e2", "keep", None)])
    assert not book.history.undone


def test_others_are_left_alone() -> None:
    bob = Decision(1, "e1", "bob", "drop", decided_at="2026-01-01T00:00:00+00:00")
    assert History("ada", [bob]).current("e1") is None


def test_a_skip_never_hides_a_verdict() -> None:
    book = play([("e1", "drop", "wrong"), ("e1", "skip", None)])
    assert content(book.history.current("e1")) == ("drop", "wrong")


def test_days_count_what_is_in_force() -> None:
    book = play([("e1", "drop", None), ("e2", "skip", None), ("e3", "keep", None), "undo"])
    days = {d.decided_at for d in book.rows}
    assert len(days) == 1
    from datetime import datetime

    day = datetime.fromisoformat(days.pop()).astimezone().date()
    assert book.history.decided_on(day) == 1


def test_twenty_thousand_decisions_take_less_than_twenty_megabytes() -> None:
    def row(n: int) -> tuple[object, ...]:
        """As a store gives it: every text a new one."""
        texts = ("ada", "drop", "[]", None, "wrong answer", None, "v1-0123456789", "r1-0123456789", None)
        at = f"2026-01-01T00:00:{n / 1000:06.3f}+00:00"
        fresh = [text if text is None else "".join(list(text)) for text in texts]
        return (n, f"{n:020x}", *fresh, at, None)

    tracemalloc.start()
    try:
        history = History("ada")
        before = tracemalloc.get_traced_memory()[0]
        for n in range(1, 20_001):
            history.apply(decision_of(row(n)))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(history.examples()) == 20_000
    assert grown < 13e6, "the rest of the 20 MB is for the row of each example, and for the journal"


def test_a_statement_is_undone_and_decides_nothing() -> None:
    said = Decision(
        1, "e1", "ada", "skip", labels=(Apart("e2").label,), decided_at="2026-01-01T00:00:00+00:00"
    )
    history = History("ada", [said])
    assert history.current("e1") is None
    assert history.examples() == []
    assert history.undoable == [said]
    history.apply(replace(said, seq=2, labels=(), undoes=1))
    assert (history.undoable, history.redoable) == ([], [said])
