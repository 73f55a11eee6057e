"""Undo and redo, by replay: whatever was done, undo∘do changes nothing, and a restart changes nothing."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from schemas.decision import Decision
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
    assert (again.done, again.undone) == (book.history.done, book.history.undone)
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
