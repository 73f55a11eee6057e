"""Conflicts between annotators: the queue that lists them, both sides shown, and what ends one."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pilots import NARROW, WIDE, running, text_of, until

from curate.journal import Journal
from schemas.decision import ADJUDICATED
from schemas.errors import UsageError
from schemas.example import Message
from tui.model.facts import status
from tui.plain import review_plain
from tui.widgets.conversation_pane import ConversationPane
from tui.widgets.prompt_line import PromptLine


@pytest.fixture
def disputed(desk: Any) -> Any:
    """Three conflicts, and one example on which ada and bob agree."""
    ids = [e.example_id for e in desk.examples]
    question, answer = desk.examples[2].messages[1:]
    better = (question, Message("assistant", f"{answer.content} Sorry for the wait."))
    with Journal.open(desk.journal) as journal:
        journal.append(ids[0], "ada", "keep")
        journal.append(ids[0], "bob", "drop", reason="rude", note="see line two", labels=["tone"])
        journal.append(ids[1], "ada", "drop")
        journal.append(ids[1], "bob", "drop")
        journal.append(ids[2], "ada", "keep")
        journal.append(ids[2], "bob", "edit", messages=better, labels=["tone"])
        journal.append(ids[4], "ada", "keep")
        journal.append(ids[4], "bob", "drop")
    return desk


@pytest.fixture
def bench(disputed: Any) -> Iterator[Any]:
    with disputed.bench("eve", queue="disagreement") as opened:
        yield opened


def shown(bench: Any) -> list[int]:
    return [int(row) for row in bench.review.place.order]


def rulings(bench: Any) -> Any:
    return bench.review.verdicts.journal.rulings()


def test_the_queue_holds_what_is_in_conflict(bench: Any) -> None:
    assert shown(bench) == [0, 2, 4]
    assert bench.review.progress.left == 3
    assert bench.review.progress.team == 4
    assert "team 4/12" in status(bench.review)


def test_deciding_there_ends_the_conflict_and_goes_to_the_next(bench: Any, disputed: Any) -> None:
    first = disputed.examples[0].example_id
    outcome = bench.review.decide("drop", "rude indeed")
    assert outcome.says == "dropped, adjudicated: rude indeed"
    assert outcome.decision.labels == (ADJUDICATED,)
    assert rulings(bench)[first].verdict == "drop"
    assert bench.review.place.row == 2
    assert bench.review.progress.left == 2
    bench.review.undo()
    assert rulings(bench)[first].disagreement
    assert bench.review.place.row == 0
    assert bench.review.progress.left == 3
    bench.review.redo()
    assert rulings(bench)[first].verdict == "drop"


def test_one_of_the_two_may_adjudicate(disputed: Any) -> None:
    with disputed.bench("ada", queue="disagreement") as bench:
        assert bench.review.place.row == 0
        bench.review.decide("keep")
        assert rulings(bench)[disputed.examples[0].example_id].verdict == "keep"
        assert bench.review.progress.left == 2


def test_the_same_verdict_in_another_queue_ends_nothing(disputed: Any) -> None:
    with disputed.bench("eve", queue="random") as bench:
        bench.review.place.go_to_row(0)
        assert bench.review.decide("drop").decision.labels == ()
        assert rulings(bench)[disputed.examples[0].example_id].disagreement


def test_siding_takes_over_the_edit(bench: Any, disputed: Any) -> None:
    bench.review.place.go_to_row(2)
    assert "as bob would" in bench.review.side_with("2").says
    ruling = rulings(bench)[disputed.examples[2].example_id]
    assert ruling.verdict == "edit"
    assert ruling.decisions[0].annotator == "eve"
    assert ruling.decisions[0].labels == ("tone", ADJUDICATED)
    assert ruling.decisions[0].messages[1].content.endswith("Sorry for the wait.")
    with pytest.raises(UsageError, match="no side") as caught:
        bench.review.side_with("zed")
    assert "ada" in caught.value.mend


def test_an_edit_of_ones_own_ends_it_too(bench: Any, disputed: Any) -> None:
    bench.review.edit((Message("user", "Where?"), Message("assistant", "Here.")))
    assert rulings(bench)[disputed.examples[0].example_id].verdict == "edit"


def test_what_others_do_meanwhile_is_seen(bench: Any, disputed: Any) -> None:
    with Journal.open(disputed.journal) as elsewhere:
        elsewhere.append(disputed.examples[4].example_id, "bob", "keep")
        elsewhere.append(disputed.examples[7].example_id, "ada", "keep")
        elsewhere.append(disputed.examples[7].example_id, "bob", "drop")
    bench.review.use_queue("disagreement")
    assert shown(bench) == [0, 2, 7]


def test_no_conflict_is_an_empty_list_and_no_queue(make_desk: Any) -> None:
    with make_desk().bench(queue="disagreement") as bench:
        assert shown(bench) == []
        assert "disagreement" not in bench.review.queues


def test_line_mode_says_both_sides(bench: Any, disputed: Any) -> None:
    out = io.StringIO()
    review_plain(bench, ["side", "bob", "t", "2", "a", "q"], out)
    said = out.getvalue()
    assert "1 ada: keep\n2 bob: drop, rude, tone (see line two)" in said
    assert "{+Sorry for the wait.+}" in said
    found = [rulings(bench)[disputed.examples[at].example_id].verdict for at in (0, 2, 4)]
    assert found == ["drop", "edit", "keep"]


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_screen_shows_both_sides_and_takes_one(bench: Any, disputed: Any, size: Any) -> None:
    async with running(bench, size) as pilot:
        text = " ".join(text_of(pilot, ConversationPane).split())
        assert "1 ada: keep" in text
        assert "2 bob: drop, rude, tone (see line two)" in text
        await pilot.press("j")
        assert "2 bob: edit, tone" in text_of(pilot, ConversationPane)
        await pilot.press(*"JJJJJJJJ")
        assert "Sorry for the wait." in text_of(pilot, ConversationPane)
        await pilot.press("t")
        prompt = pilot.app.screen.query_one(PromptLine)
        await until(pilot, lambda: prompt.open and pilot.app.focused is not None)
        await pilot.press("2", "enter")
        await until(pilot, lambda: bench.review.place.row == 4)
        assert rulings(bench)[disputed.examples[2].example_id].verdict == "edit"


@pytest.mark.parametrize("sequence", ["\x1b]0;PWNED\x07", "\x9b2J", "\u202e"])
async def test_what_others_wrote_does_not_drive_the_terminal(desk: Any, sequence: str) -> None:
    row = desk.examples[0]
    edited = (Message("user", f"q {sequence}"), Message("assistant", f"a {sequence}"))
    with Journal.open(desk.journal) as journal:
        journal.append(row.example_id, "ada", "keep", reason=sequence, note=sequence, labels=[sequence])
        journal.append(row.example_id, f"bob {sequence}", "edit", messages=edited)
    with desk.bench(f"eve {sequence}", queue="disagreement") as bench:
        async with running(bench) as pilot:
            await pilot.press("J")
            assert sequence not in text_of(pilot, ConversationPane)
        out = io.StringIO()
        review_plain(bench, ["t", f"bob {sequence}", "q"], out)
        assert sequence not in out.getvalue()
        assert rulings(bench)[row.example_id].verdict == "edit"


async def test_siding_elsewhere_does_nothing(disputed: Any) -> None:
    with disputed.bench("eve", queue="random") as bench:
        async with running(bench) as pilot:
            await pilot.press("t")
            await until(pilot, lambda: not pilot.app.screen.query_one(PromptLine).open)
        assert bench.review.verdicts.undoable == []
