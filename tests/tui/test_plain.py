"""Line mode: the same journal, every action by name, nothing hidden sent to the terminal."""

import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from evaluations import two_runs
from typed import play

from tui.actions.registry import Registry
from tui.catalogue import SCREENS
from tui.model.workbench import Workbench
from tui.plain import review_plain
from tui.plain.session import Session
from tui.plain.talk import Left, Talk


@pytest.fixture
def with_answers(make_desk: Any) -> Iterator[Workbench]:
    """Something to vote on, too."""
    with two_runs(make_desk(12)).bench() as opened:
        yield opened


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


@pytest.mark.parametrize("entry", [e for e in SCREENS if e.plain], ids=lambda entry: entry.name)
def test_every_action_of_line_mode_is_carried_out(with_answers: Any, entry: Any) -> None:
    """And every verdict of a screen is one of them."""
    registry = Registry()
    session = Session(with_answers, Talk(["q"], io.StringIO()), registry)
    with pytest.raises(Left):
        session.run(entry.name)
    elsewhere = {"help", "open", "quit", *(f"go_{e.name}" for e in SCREENS if e.plain)}
    offered = {action.id for action in registry.of(entry.name) if action.plain}
    assert set(session.desk.acts) | elsewhere == offered
    shown = {a.id for a in registry.footer(entry.name) if a.scope == entry.name}
    assert shown <= offered


def test_screens_are_opened_by_letter_name_and_key(with_answers: Any) -> None:
    said = play(with_answers, "o", "d", "a", "contradictions", "F2", "x", "open", "nowhere", "overview", "F3")
    assert "no row of this version went" in said or "the row that stayed" in said
    assert "no two examples of this version answer" in said
    assert "there is no screen 'nowhere' here" in said
    assert "there is no 'overview'" in said
    assert [d.verdict for d in with_answers.review.verdicts.journal.decisions()][-1] == "drop"


def test_a_screen_that_cannot_be_opened_leaves_the_one_before(bench: Any) -> None:
    said = play(bench, "F9", "a")
    assert "no two systems have answered the same questions yet" in said
    assert journal(bench) == [("keep", None, None)]


def test_the_prompt_says_what_to_press_with_the_keys_in_force(bench: Any) -> None:
    said = play(bench)
    assert said.endswith("a keep, x drop, e edit, / find, Enter skip, help> ")
    changed = tuple(replace(a, keys=("y",)) if a.id == "keep" else a for a in Registry().actions)
    out = io.StringIO()
    review_plain(bench, [], out, Registry(changed))
    assert out.getvalue().endswith("y keep, x drop, e edit, / find, Enter skip, help> ")


@pytest.mark.parametrize("screen", [e.name for e in SCREENS if e.plain])
def test_nothing_is_drawn(with_answers: Any, screen: str) -> None:
    """Letters, digits and signs of a sentence: what a screen reader says, or can leave out."""
    said = play(with_answers, "j", "help", screen=screen)
    drawn = {
        letter
        for letter in said
        if not letter.isalnum() and letter not in " \n,.;:!?'\"()[]/-+<>=_%#·→*|`^&…"
    }
    assert not drawn
    assert "\x1b" not in said


@pytest.mark.parametrize(("name", "plain"), [("nowhere", False), ("overview", True)])
def test_a_screen_that_there_is_not(desk: Any, name: str, plain: bool) -> None:
    command = "import sys; sys.argv[0] = 'curate'; from curate.cli import main; main()"
    asked = ["review", "--recipe", desk.recipe, "--screen", name, *(["--plain"] if plain else [])]
    done = subprocess.run(
        [sys.executable, "-c", command, *asked],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert f"is called '{name}'" in done.stderr
