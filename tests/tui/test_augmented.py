"""Children beside their parents: the queue, the marks with and without colour, and the usual decisions."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pilots import NARROW, WIDE, running, text_of, until

from schemas.errors import UsageError
from schemas.example import Example, Message
from tui import theme
from tui.plain import review_plain
from tui.widgets.beside import TWO_COLUMNS, beside
from tui.widgets.conversation_pane import ConversationPane

MakeChild = Callable[..., Example]


@pytest.fixture
def family(plain_examples: Any, make_child: MakeChild) -> list[Example]:
    """Seven rows; two of the train rows have children, the later one's written first."""
    rows = [row for row in plain_examples(7) if row.split == "train"]
    one, other = rows[1], rows[3]
    return [
        *rows,
        make_child(other, "Tell me where order 4 is.", other.answer, strategy="tone"),
        make_child(one, f"Please: {one.prompt}", one.answer),
        make_child(one, one.prompt, "On Monday it left our shop.", strategy="answer"),
    ]


@pytest.fixture
def bench(make_desk: Any, family: list[Example]) -> Iterator[Any]:
    with make_desk(examples=family, run=False).bench(queue="augmented") as opened:
        yield opened


def test_children_of_one_parent_stand_together_and_only_children_are_there(bench: Any) -> None:
    review = bench.review
    parents = [review.corpus.example(int(row)).parent_id for row in review.place.order]
    assert None not in parents
    assert len(parents) == 3
    assert parents[0] == parents[1] != parents[2]


def test_a_version_without_children_says_how_to_get_some(make_desk: Any) -> None:
    with make_desk(run=False).bench() as bench:
        with pytest.raises(UsageError, match="has none") as caught:
            bench.review.use_queue("augmented")
        assert "augment" in caught.value.mend
        assert "augmented" not in bench.review.queues


def test_the_children_are_a_queue_where_there_are_some(bench: Any) -> None:
    assert "augmented" in bench.review.queues


def test_the_strategy_filter(bench: Any) -> None:
    assert bench.review.filter("strategy:para").says == "1 of 3 match"
    bench.review.use_queue("pending")
    bench.review.filter("strategy:TONE")
    assert [bench.review.corpus.children[row] for row in bench.review.place.order] == [True]


def test_an_edited_child_is_shown_against_its_parent(bench: Any) -> None:
    child, parent = bench.review.example, bench.review.parent
    row = bench.review.place.row
    assert parent.example_id == child.parent_id
    bench.review.edit([Message("user", "Another question?"), child.messages[-1]])
    bench.review.place.go_to_row(row)
    assert bench.review.example.messages[1].content == "Another question?"
    assert bench.review.parent == parent


async def test_side_by_side_where_there_is_room(bench: Any) -> None:
    async with running(bench, WIDE) as pilot:
        shown = text_of(pilot, ConversationPane)
        line = next(line for line in shown.splitlines() if "Please: Where" in line)
        left, _, right = line.partition("│")
        assert "Where is order" in left
        assert "Please" not in left
        assert "Please: Where is order" in right
        assert "assistant · both" in shown
        assert "system:" not in shown


async def test_one_above_the_other_where_there_is_not(bench: Any) -> None:
    async with running(bench, NARROW) as pilot:
        await until(pilot, lambda: pilot.app.screen.query_one("#list").size.height == 2)
        lines = text_of(pilot, ConversationPane).splitlines()
        heads = [line.strip() for line in lines if " · " in line]
        assert heads[:2] == ["user · parent", "user · child"]
        assert "│" not in "".join(lines)


async def test_the_usual_keys_decide(bench: Any) -> None:
    ids = [bench.review.corpus.id_of(int(row)) for row in bench.review.place.order]
    async with running(bench) as pilot:
        await pilot.press("a", "x", "a", "u")
        await until(pilot, lambda: len(bench.review.verdicts.journal.decisions()) == 4)
    rulings = bench.review.verdicts.journal.rulings()
    assert {name: ruling.verdict for name, ruling in rulings.items()} == {ids[0]: "keep", ids[1]: "drop"}


async def test_the_list_is_wide_again_in_another_queue(bench: Any) -> None:
    async with running(bench) as pilot:
        narrow = pilot.app.screen.query_one("#list").size.width
        await pilot.press("Q", "j", "enter")
        await until(pilot, lambda: pilot.app.screen.query_one("#list").size.width > narrow)


@pytest.mark.parametrize("width", [TWO_COLUMNS, TWO_COLUMNS - 1, 120, 7])
def test_every_line_is_as_wide_as_asked_with_wide_letters_too(
    hostile_examples: list[Example], make_child: MakeChild, width: int
) -> None:
    for number, parent in enumerate(hostile_examples):
        child = make_child(parent, f"{parent.prompt} 漢字👍🏽 {number}", parent.answer[::-1])
        strips = beside(parent, child, {}, width)
        assert {strip.cell_length for strip in strips} == {width}
        assert not any("\x1b" in strip.text or "\u202e" in strip.text for strip in strips)


def test_marks_show_without_colour_and_tell_the_sides_apart(
    plain_examples: Any, make_child: MakeChild
) -> None:
    parent = plain_examples(3)[2]
    child = make_child(parent, "Where was order 2?", parent.answer)
    looks = {
        segment.text.strip(): (bool(segment.style.underline), bool(segment.style.bold))
        for strip in beside(parent, child, {}, 80)
        for segment in strip
        if segment.style
    }
    assert looks["is"] == (True, False)
    assert looks["was"] == (True, True)
    assert looks["order 2?"] == (False, False)
    assert theme.REMOVED.color != theme.ADDED.color


def test_a_turn_that_only_one_side_has(plain_examples: Any, make_child: MakeChild) -> None:
    parent = plain_examples(3)[2]
    child = make_child(parent, parent.prompt, parent.answer, "And order 3?", "It waits.")
    text = "\n".join(strip.text for strip in beside(parent, child, {}, 80))
    assert text.count("says nothing here") == 2
    assert "And order 3?" in text


def test_line_mode_writes_the_marks_out(bench: Any) -> None:
    out = io.StringIO()
    review_plain(bench, ["a", "x", "q"], out)
    said = out.getvalue()
    assert "[-of the parent-] and {+of the child+}:" in said
    assert "  {+Please:+} Where is order 2?" in said
    assert "assistant:\n  Order 2 left our shop on Monday.\n" in said
    assert "  [-Order 2-]" in said
