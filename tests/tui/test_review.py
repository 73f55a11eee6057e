"""The review without a screen: queues, filters, decisions in the journal, and what each moves."""

from typing import Any

import pytest

from curate.journal import Journal, rulings_of
from schemas.errors import JournalError, UsageError
from schemas.example import Message
from tui.model.review import SECOND_LOOK


def verdicts(bench: Any) -> list[tuple[str, str | None]]:
    """(verdict, reason) in force by the journal itself, in the order decided."""
    rulings = rulings_of(bench.review.verdicts.journal.decisions())
    found = sorted((d for r in rulings.values() for d in r.decisions), key=lambda d: d.seq)
    return [(d.verdict, d.reason) for d in found]


def test_the_loss_queue_is_the_default_and_worst_first(bench: Any, desk: Any) -> None:
    review = bench.review
    assert review.queue.name == "loss"
    shown = [desk.losses[review.corpus.id_of(int(row))][1] for row in review.place.order]
    assert shown == sorted(shown, reverse=True)


def test_the_order_is_that_of_the_run(bench: Any, desk: Any) -> None:
    from train.queue import review_queue
    from train.store import open_run

    run = open_run(desk.recipe)
    for name in ("loss", "gain", "rise"):
        bench.review.use_queue(name)
        ours = [bench.review.signal_at(int(row)) for row in bench.review.place.order]
        assert ours == pytest.approx([item.signal for item in review_queue(run, name)])


def test_without_a_run_the_queue_is_what_is_pending(make_desk: Any) -> None:
    with make_desk(run=False).bench() as bench:
        assert bench.review.queue.name == "pending"
        with pytest.raises(UsageError, match="needs a run"):
            bench.review.use_queue("loss")


def test_gain_puts_what_training_hurt_first(bench: Any, desk: Any) -> None:
    bench.review.use_queue("gain")
    pairs = [desk.losses[bench.review.corpus.id_of(int(row))] for row in bench.review.place.order]
    gains = [base - adapter for base, adapter in pairs]
    assert gains == sorted(gains)


def test_flags_hold_flagged_rows_only_and_random_holds_all(bench: Any, desk: Any) -> None:
    review = bench.review
    review.use_queue("flags")
    assert len(review.place) == sum(bool(e.flags) for e in desk.examples)
    review.use_queue("random")
    assert sorted(review.place.order.tolist()) == list(range(len(desk.examples)))
    assert review.place.order.tolist() != list(range(len(desk.examples)))


def test_an_unknown_queue_names_the_nearest(bench: Any) -> None:
    with pytest.raises(UsageError) as caught:
        bench.review.use_queue("los")
    assert "loss" in caught.value.mend


def test_deciding_is_in_the_journal_and_moves_on(bench: Any, desk: Any) -> None:
    review = bench.review
    first = review.place.row
    review.decide("drop", "wrong answer")
    assert verdicts(bench) == [("drop", "wrong answer")]
    decision = review.verdicts.current(first)
    assert (decision.annotator, decision.dataset_version, decision.run) == ("ada", "v1", "r1")
    assert review.place.position == 1
    assert review.progress.left == len(desk.examples) - 1
    assert review.progress.today == 1


def test_what_was_decided_is_passed_over_and_the_end_goes_round(bench: Any) -> None:
    review = bench.review
    review.place.go(1)
    review.decide("keep")
    review.place.go(0)
    review.decide("keep")
    assert review.place.position == 2
    review.place.go(len(review.place) - 1)
    review.decide("keep")
    assert review.place.position == 2


def test_a_restart_begins_at_the_first_undecided(desk: Any) -> None:
    with desk.bench() as bench:
        bench.review.decide("keep")
        bench.review.decide("drop")
    with desk.bench() as bench:
        assert bench.review.place.position == 2
        assert bench.review.progress.left == len(desk.examples) - 2


def test_undo_and_redo_survive_a_restart(desk: Any) -> None:
    with desk.bench() as bench:
        bench.review.decide("keep")
        bench.review.decide("drop", "rude")
    with desk.bench() as bench:
        assert bench.review.undo().says == "undone: dropped: rude"
        assert verdicts(bench) == [("keep", None)]
        assert bench.review.place.position == 1
    with desk.bench() as bench:
        assert bench.review.redo().says == "redone: dropped: rude"
        assert verdicts(bench) == [("keep", None), ("drop", "rude")]
        assert bench.review.redo().says == "nothing to redo"


def test_skip_leaves_a_verdict_alone(bench: Any) -> None:
    review = bench.review
    review.decide("drop")
    review.place.go(0)
    assert "stays" in review.skip().says
    assert verdicts(bench) == [("drop", None)]
    row = review.place.row
    review.skip()
    assert review.verdicts.current(row).verdict == "skip"
    assert review.progress.left == len(review.place) - 1


def test_a_flag_keeps_the_verdict_and_stays_on_the_row(bench: Any) -> None:
    review = bench.review
    row = review.place.row
    review.flag("ask the shop")
    assert review.place.row == row
    assert review.verdicts.current(row).labels == (SECOND_LOOK,)
    review.decide("drop", "wrong")
    review.place.go_to_row(row)
    review.flag("really?")
    assert verdicts(bench) == [("drop", "wrong")]
    assert review.verdicts.flag(row).note == "really?"


def test_an_edit_is_shown_and_leaves_the_prompt_out(bench: Any) -> None:
    review = bench.review
    row, system = review.place.row, review.example.messages[0]
    new = (Message("user", "Where?"), Message("assistant", "Here."))
    review.edit((system, *new))
    assert review.verdicts.current(row).messages == new
    review.place.go_to_row(row)
    assert review.example.messages == (system, *new)


def test_an_edit_that_changes_nothing_is_no_decision(bench: Any) -> None:
    assert bench.review.edit(bench.review.example.messages).says == "nothing changed"
    assert verdicts(bench) == []


def test_an_empty_message_is_refused(bench: Any) -> None:
    with pytest.raises(UsageError, match="empty"):
        bench.review.edit((Message("user", "Where?"), Message("assistant", " ")))
    assert verdicts(bench) == []


def test_repeat_gives_the_same_verdict(bench: Any) -> None:
    assert "nothing to repeat" in bench.review.repeat().says
    bench.review.decide("drop", "off topic")
    bench.review.repeat()
    assert verdicts(bench) == [("drop", "off topic")] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", lambda _: True),
        ("order 7", lambda e: "order" in e.prompt + e.answer and "7" in e.prompt + e.answer),
        ('"ORDER 7"', lambda e: "order 7" in (e.prompt + e.answer).lower()),
        ("flag:contra", lambda e: bool(e.flags)),
        ("source:chats", lambda e: "chats" in e.source),
        ("tag:bill split:train", lambda e: bool(e.tags) and e.split == "train"),
        ("Fable", lambda _: False),
    ],
)
def test_filters(bench: Any, desk: Any, text: str, expected: Any) -> None:
    bench.review.filter(text)
    shown = {bench.review.corpus.id_of(int(row)) for row in bench.review.place.order}
    assert shown == {e.example_id for e in desk.examples if expected(e)}


def test_filters_by_verdict(bench: Any) -> None:
    review = bench.review
    review.decide("drop")
    review.skip()
    counts = {}
    for state in ("undecided", "decided", "dropped", "skipped", "kept", "edited"):
        review.filter(f"is:{state}")
        counts[state] = len(review.place)
    assert counts == {"undecided": 11, "decided": 1, "dropped": 1, "skipped": 1, "kept": 0, "edited": 0}


@pytest.mark.parametrize(("text", "near"), [("flg:x", "flag:"), ("is:undecded", "is:undecided")])
def test_a_wrong_filter_changes_nothing(bench: Any, text: str, near: str) -> None:
    before = bench.review.place.order.tolist()
    with pytest.raises(UsageError) as caught:
        bench.review.filter(text)
    assert near in caught.value.mend
    assert bench.review.place.order.tolist() == before


def test_an_empty_list_takes_no_decision(bench: Any) -> None:
    review = bench.review
    review.filter("nobody ever wrote this")
    for act in (
        lambda: review.decide("keep"),
        review.skip,
        lambda: review.flag("x"),
        lambda: review.edit([]),
    ):
        assert "no example is shown" in act().says
    assert review.example is None
    assert verdicts(bench) == []


def test_what_cannot_be_written_moves_nothing(desk: Any) -> None:
    with desk.bench() as bench:
        bench.review.verdicts.journal._store._connection.set_busy_timeout(10)
        other = Journal.open(desk.journal)
        other._store._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="locked"):
            bench.review.decide("keep")
        assert bench.review.place.position == 0
        assert bench.review.progress.today == 0
        other._store._connection.execute("ROLLBACK")
        bench.review.decide("keep")
        assert bench.review.progress.today == 1
        other.close()


def test_two_annotators_have_their_own_verdicts(desk: Any) -> None:
    with desk.bench("ada") as bench:
        bench.review.decide("keep")
    with desk.bench("bob") as bench:
        assert bench.review.place.position == 0
        assert bench.review.undo().says == "nothing to undo"
