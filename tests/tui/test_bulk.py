"""Many rows at once: what is meant is shown first, written as one step, and undone as one."""

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.journal import rulings_of
from schemas.errors import UsageError
from tui.model import bulk


def in_force(bench: Any) -> dict[str, tuple[str, str | None, tuple[str, ...]]]:
    rulings = rulings_of(bench.review.verdicts.journal.decisions())
    return {name: (d.verdict, d.reason, d.labels) for name, r in rulings.items() for d in r.decisions}


def rows(bench: Any) -> list[int]:
    return [int(row) for row in bench.review.place.order]


def test_marked_rows_alone_are_meant(bench: Any) -> None:
    review = bench.review
    for _ in range(3):
        review.mark()
    picked = review.selection
    assert [int(row) for row in sorted(picked.rows)] == sorted(rows(bench)[:3])
    assert picked.says.startswith("3 examples, all that are marked")
    assert set(picked.samples) == set(rows(bench)[:3])
    outcome = review.decide_all(picked, "drop", "spam")
    assert outcome.says == "3 dropped: spam; u undoes all of them"
    ids = {review.corpus.id_of(row) for row in rows(bench)[:3]}
    assert in_force(bench) == dict.fromkeys(ids, ("drop", "spam", ()))
    assert review.marks.count == 0
    assert review.place.position == 3


def test_without_marks_all_listed_that_wait_are_meant(bench: Any) -> None:
    review = bench.review
    review.decide("keep")
    review.filter("flag:contra")
    listed = rows(bench)
    review.decide("keep")
    picked = review.selection
    assert picked.left_out == 1
    assert [int(row) for row in picked.rows] == [row for row in listed if not review.verdicts.current(row)]
    review.decide_all(picked, "drop")
    verdicts = [verdict for verdict, _, _ in in_force(bench).values()]
    assert sorted(verdicts) == ["drop"] * (len(listed) - 1) + ["keep"] * 2


def test_a_batch_is_undone_and_redone_as_one_also_after_a_restart(desk: Any) -> None:
    with desk.bench() as bench:
        bench.review.decide("keep")
        bench.review.filter("flag:contra")
        bench.review.decide_all(bench.review.selection, "drop", "spam")
        decided = in_force(bench)
    with desk.bench() as bench:
        assert bench.review.undo().says.startswith("undone: 3 dropped: spam")
        assert [v for v, _, _ in in_force(bench).values()] == ["keep"]
        assert bench.review.progress.left == len(desk.examples) - 1
    with desk.bench() as bench:
        assert bench.review.redo().says.startswith("redone: 3 dropped: spam")
        assert in_force(bench) == decided
        assert bench.review.redo().says == "nothing to redo"
        bench.review.undo()
        bench.review.undo()
        assert in_force(bench) == {}
        assert bench.review.undo().says == "nothing to undo"


def test_a_skip_leaves_verdicts_and_a_label_keeps_them(bench: Any) -> None:
    review = bench.review
    row = review.place.row
    review.decide("drop", "rude")
    review.marks.mark(review.place.order[:2])
    assert review.selection.decided == 1
    review.label_all(review.selection, "unsafe")
    assert in_force(bench)[review.corpus.id_of(row)] == ("drop", "rude", ("unsafe",))
    assert all(review.verdicts.labels(int(r)) == ("unsafe",) for r in review.place.order[:2])
    review.marks.mark(review.place.order[:2])
    assert review.decide_all(review.selection, "skip").says.startswith("1 skipped")
    assert in_force(bench)[review.corpus.id_of(row)] == ("drop", "rude", ("unsafe",))


def test_more_than_a_batch_may_hold_is_refused(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 5)
    with pytest.raises(UsageError, match="12 examples are more than the 5"):
        bench.review.decide_all(bench.review.selection, "keep")
    with pytest.raises(UsageError, match="edited at once"):
        bench.review.decide_all(bench.review.selection, "edit")
    assert in_force(bench) == {}


def test_ranges_and_all(bench: Any) -> None:
    review = bench.review
    assert review.mark_range().says == "mark where it begins first"
    review.mark()
    review.place.go(4)
    assert review.mark_range().says == "5 marked"
    assert sorted(review.marks.rows) == sorted(rows(bench)[:5])
    assert review.mark_all().says == "12 marked"
    assert review.mark_all().says == "none marked"
    review.filter("flag:contra")
    review.mark_all()
    review.filter("")
    assert review.marks.count == 3
    review.filter("is:marked")
    assert len(review.place) == 3


_NUMBERS = count()  # an annotator for each example of hypothesis: they share the journal
STEPS = st.lists(
    st.sampled_from(
        (
            "keep",
            "drop",
            "skip",
            "flag",
            "label",
            "undo",
            "redo",
            "mark",
            "bulk",
            "find",
            "all",
            "next",
            "sort",
        )
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_counts_are_right_and_a_restart_changes_nothing(desk: Any, steps: list[str]) -> None:
    annotator = f"ada{next(_NUMBERS)}"
    with desk.bench(annotator) as bench:
        review = bench.review
        acts = {
            "keep": lambda: review.decide("keep"),
            "drop": lambda: review.decide("drop", "x"),
            "skip": review.skip,
            "flag": lambda: review.flag("?"),
            "label": lambda: review.label("unsafe"),
            "undo": review.undo,
            "redo": review.redo,
            "mark": review.mark,
            "bulk": lambda: review.decide_all(review.selection, "drop"),
            "find": lambda: review.filter("is:undecided"),
            "all": lambda: review.filter(""),
            "next": review.to_undecided,
            "sort": lambda: review.sort("chars"),
        }
        for step in steps:
            before = snapshot(review)
            undoable = [d.seq for d in review.verdicts.undoable]
            acts[step]()
            left = sum(review.verdicts.undecided(review.place.order))
            assert review.progress.left == left
            if [d.seq for d in review.verdicts.undoable] > undoable and step not in ("undo", "redo"):
                after = snapshot(review)
                review.undo()
                assert snapshot(review) == before
                review.redo()
                assert snapshot(review) == after
        final = snapshot(review)
    with desk.bench(annotator) as bench:
        assert snapshot(bench.review) == final


def snapshot(review: Any) -> list[Any]:
    """What is in force of each row, whatever its seq and time."""
    found = []
    for row in range(len(review.corpus)):
        d, flag = review.verdicts.current(row), review.verdicts.flag(row)
        said = (d.verdict, d.labels, d.reason, d.note) if d else None
        found.append((said, flag.note if flag else None, review.verdicts.labels(row)))
    return found
