"""Line mode: the same journal, every action by name, nothing hidden sent to the terminal."""

import io
from typing import Any

import pytest

from tui.actions.registry import Registry
from tui.plain import _Plain, review_plain


def play(bench: Any, *lines: str) -> str:
    out = io.StringIO()
    assert review_plain(bench, lines, out) == 0
    return out.getvalue()


def journal(bench: Any) -> list[tuple[str, str | None, int | None]]:
    return [(d.verdict, d.reason, d.undoes) for d in bench.review.verdicts.journal.decisions()]


def test_a_whole_round(bench: Any) -> None:
    said = play(bench, "a", "drop", "X", "wrong answer", "", "undo", "redo", "repeat", "q")
    assert [row[:2] for row in journal(bench)] == [
        ("keep", None),
        ("drop", None),
        ("drop", "wrong answer"),
        ("skip", None),
        ("skip", None),
        ("skip", None),
        ("drop", "wrong answer"),
    ]
    assert "undone: skipped" in said
    assert "left our shop" in said


def test_the_end_of_input_ends_it(bench: Any) -> None:
    play(bench)
    play(bench, "X")
    assert journal(bench) == []


def test_edit_flag_and_moves(bench: Any) -> None:
    first = bench.review.place.row
    play(
        bench, "flag", "look again", "e", ".", "It left.", "On Monday.", ".", "last", "up", "first", "n", "N"
    )
    decision = bench.review.verdicts.current(first)
    assert [m.content for m in decision.messages][1:] == ["It left.\nOn Monday."]
    assert bench.review.verdicts.flag(first).note == "look again"


def test_find_sort_help_info(bench: Any) -> None:
    said = play(bench, "find", "flag:contra", "s", "chars", "help", "i", "nonsense", "/", "flg:x", "/", "")
    assert "Enter alone skips" in said
    assert "Ledger" in said
    assert "there is no 'nonsense'" in said
    assert "did you mean flag:?" in said
    assert len(bench.review.place) == 12


def test_queues_views_labels_and_many_at_once(bench: Any) -> None:
    said = play(bench, "Q", "random", "S", "mine", "/", "flag:contra", "b", "drop", "spam", "Q", "mine")
    assert "3 examples, all that are listed and without your verdict" in said
    assert "view mine saved: queue random" in said
    assert [(v, r) for v, r, *_ in journal(bench)] == [("drop", "spam")] * 3
    assert (bench.review.queue.name, bench.review.filter_text) == ("random", "")
    said = play(bench, "5", "b", "", "9", "u", "u")
    assert "labelled unsafe" in said
    assert "nothing was decided" in said
    assert "the recipe has 6 labels" in said
    assert "undone: 3 dropped: spam" in said


def test_an_empty_list_says_what_to_type(make_desk: Any) -> None:
    with make_desk(examples=[], run=False).bench() as bench:
        assert "type find, queue or quit" in play(bench, "", "a")
        assert journal(bench) == []


@pytest.mark.parametrize("sequence", ["\x1b]0;PWNED\x07", "\x9b2J", "\u202e", "\ud800"])
def test_nothing_hidden_is_written(make_desk: Any, hostile_examples: Any, sequence: str) -> None:
    with make_desk(examples=hostile_examples).bench() as bench:
        said = play(bench, *["j"] * len(hostile_examples), "g", "i", "e", ".", ".")
    assert sequence not in said
    said.encode("utf-8")


def test_every_action_of_line_mode_is_carried_out(bench: Any) -> None:
    """And every verdict of the review queue is one of them."""
    offered = {action.id for action in Registry().of("review") if action.plain}
    done = set(_Plain(bench, [], io.StringIO(), Registry())._acts)
    assert done | {"help", "info", "quit"} == offered
    verdicts = {
        "keep",
        "drop",
        "drop_because",
        "skip",
        "edit",
        "flag",
        "side",
        "bulk",
        "undo",
        "redo",
        "repeat",
    }
    assert verdicts <= offered
