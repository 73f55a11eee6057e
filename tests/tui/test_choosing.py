"""Choosing on the screen what is listed and decided: filter builder, queues, views, orders, bulk; and what is
marked in the conversation."""

from dataclasses import replace
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilots import NARROW, running, text_of, until
from textual.pilot import Pilot

from schemas import arrow
from schemas.ledger import Event
from tui import theme
from tui.model.facets import bounded, facets, toggled
from tui.model.filters import Filter
from tui.model.terms import COMPARISONS, HAS, Term, parsed
from tui.screens import review_choosing
from tui.widgets.bars import MessageBar
from tui.widgets.bulk_sheet import BulkSheet
from tui.widgets.conversation_pane import ConversationPane
from tui.widgets.filter_builder import FilterBuilder
from tui.widgets.label_bar import LabelBar
from tui.widgets.list_pane import ListPane
from tui.widgets.picker import Picker
from tui.widgets.prompt_line import PromptLine


async def open_with(pilot: Pilot[int], key: str, kind: type[Any]) -> Any:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    return pilot.app.screen


def line_of(picker: Any, value: str) -> int:
    return next(i for i, choice in enumerate(picker._lines.choices) if choice.value == value)


def go_to(picker: Any, value: str) -> None:
    picker._lines.cursor = line_of(picker, value)


async def test_a_filter_is_built(bench: Any) -> None:
    async with running(bench) as pilot:
        builder = await open_with(pilot, "F", FilterBuilder)
        go_to(builder, "flag:contradiction")
        await pilot.press("space")
        assert builder.wanted.text == "flag:contradiction"
        go_to(builder, "tag:billing")
        await pilot.press("space", "space")
        assert builder.wanted.text == "flag:contradiction -tag:billing"
        go_to(builder, "loss")
        await pilot.press("space")
        await until(pilot, lambda: pilot.app.focused is not None)
        await pilot.press(*"often", "enter")
        assert "compares loss with" in builder._hint._text
        await pilot.press("ctrl+u", *(">", "1", "space", "<", "=", "4"), "enter")
        await until(pilot, lambda: pilot.app.focused is None)
        assert builder.wanted.text == "flag:contradiction -tag:billing loss>1 loss<=4"
        await pilot.press("enter")
        await until(pilot, lambda: bench.review.filter_text == builder.wanted.text)
        shown = {bench.review.corpus.example(int(row)).tags for row in bench.review.place.order}
        assert shown == {()}
        again = await open_with(pilot, "F", FilterBuilder)
        assert again.wanted == builder.wanted
        await pilot.press("0", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FilterBuilder))
        assert bench.review.filter_text == builder.wanted.text


def test_what_can_be_chosen_is_what_there_is(bench: Any, desk: Any) -> None:
    bench.review.decide("drop", "rude")
    bench.review.label("unsafe")
    found = {facet.field: facet for facet in facets(bench.review.ground())}
    for field in ("source", "split", "tag", "flag", "stage", "reason", "label", "by"):
        for value in found[field].values:
            bench.review.filter(value.term.text)
            assert len(bench.review.place) == value.rows, value
    assert {v.term.value for v in found["split"].values} == {e.split for e in desk.examples}
    assert sum(v.rows for v in found["is"].values if v.term.value in ("undecided", "decided")) == 12
    assert found["chars"].says.endswith("characters (lowest, median, highest)")


TERMS = st.builds(Term, st.sampled_from(("flag", "source", "label")), st.text(min_size=1))
BOUNDS = st.builds(Term, st.just("loss"), st.integers(-9, 9).map(str), st.sampled_from(COMPARISONS))


@given(choices=st.lists(TERMS, max_size=8), bounds=st.lists(BOUNDS, max_size=2))
def test_what_was_built_is_read_back_and_turned_thrice_is_as_before(
    choices: list[Term], bounds: list[Term]
) -> None:
    wanted = Filter()
    for term in choices:
        before = wanted
        wanted = toggled(wanted, term)
        assert parsed(wanted.text) == wanted.terms
        turned = toggled(toggled(toggled(before, term), term), term)
        assert set(turned.terms) == set(before.terms)
    wanted = bounded(wanted, bounds, "loss")
    assert parsed(wanted.text) == wanted.terms
    assert [t for t in wanted.terms if t.sign != HAS] == bounds
    assert bounded(wanted, [], "loss").terms == tuple(t for t in wanted.terms if t.sign == HAS)


async def test_the_same_order_again_is_turned_round(bench: Any) -> None:
    async with running(bench) as pilot:
        for descending in (True, False, True):
            picker = await open_with(pilot, "s", Picker)
            go_to(picker, "base")
            await pilot.press("enter")
            await until(pilot, lambda: not isinstance(pilot.app.screen, Picker))
            assert (bench.review.sorted_by.name, bench.review.descending) == ("base", descending)
        assert "queue loss by base" in pilot.app.screen.status()
        await open_with(pilot, "s", Picker)
        await pilot.press("g", "enter")
        await until(pilot, lambda: bench.review.sorted_by is None)


async def test_views_stand_beside_the_queues_and_can_be_removed(bench: Any) -> None:
    async with running(bench) as pilot:
        bench.review.filter("flag:contra")
        for name in ("one", "two"):
            await pilot.press("S")
            prompt = pilot.app.screen.query_one(PromptLine)
            await until(pilot, lambda prompt=prompt: prompt.open and pilot.app.focused is not None)
            await pilot.press(*name, "enter")
            await until(pilot, lambda prompt=prompt: not prompt.open)
        bench.review.filter("")
        picker = await open_with(pilot, "Q", Picker)
        go_to(picker, "view:one")
        await pilot.press("d", "j")
        assert picker.chosen.value == "view:two"
        go_to(picker, "queue:loss")
        await pilot.press("d")
        assert picker.chosen.value == "queue:loss"
        go_to(picker, "view:two")
        await pilot.press("enter")
        await until(pilot, lambda: len(bench.review.place) == 3)
        assert [view.name for view in bench.review.views.all()] == ["two"]


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        (("a",), [("keep", None, ())] * 2),
        (("X", *"spam", "enter"), [("drop", "spam", ())] * 2),
        (("space",), [("skip", None, ())] * 2),
        (("5",), [("skip", None, ("unsafe",))] * 2),
        (("9", "escape"), []),
    ],
)
async def test_many_at_once(bench: Any, keys: tuple[str, ...], written: list[Any]) -> None:
    async with running(bench) as pilot:
        await pilot.press("v", "v")
        sheet = await open_with(pilot, "b", BulkSheet)
        assert "2 examples" in sheet._says
        assert len(sheet._samples) == 2
        await pilot.press(keys[0])
        if keys[0] == "X":
            prompt = pilot.app.screen.query_one(PromptLine)
            await until(pilot, lambda: prompt.open and pilot.app.focused is not None)
        await pilot.press(*keys[1:])
        await until(pilot, lambda: not isinstance(pilot.app.screen, BulkSheet))
        decisions = bench.review.verdicts.journal.decisions
        await until(pilot, lambda: len(decisions()) == len(written))
        assert [(d.verdict, d.reason, d.labels) for d in decisions()] == written
        if written:
            assert "*" not in "".join(line[:4] for line in text_of(pilot, ListPane).splitlines())
            await pilot.press("u")
            await until(pilot, lambda: bench.review.verdicts.undoable == [])


async def test_a_long_search_lets_keys_through(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_choosing, "_AT_ONCE", 0)
    async with running(bench) as pilot:
        review = pilot.app.screen
        review._filter("flag:contra")
        await pilot.press("a")
        await until(pilot, lambda: len(bench.review.place) == 3)
        assert len(bench.review.verdicts.journal.decisions()) == 1
        review._filter("los>3")
        await until(pilot, lambda: "did you mean loss>?" in review.query_one(MessageBar).text)
        assert len(bench.review.place) == 3
        bench.review.use_queue("random")
        review._filter("")
        bench.review.use_queue("pending")
        await until(pilot, lambda: len(bench.review.place) == 11)
        assert bench.review.queue.name == "pending"


async def test_the_legend_shows_what_was_given(bench: Any) -> None:
    async with running(bench, NARROW) as pilot:
        bar = pilot.app.screen.query_one(LabelBar)
        assert bar.size.width == NARROW[0]
        assert " 1 wrong " in bar.render_line(0).text
        assert "✓" not in bar.render_line(0).text
        await pilot.press("5")
        await until(pilot, lambda: "✓uns" in bar.render_line(0).text)
        await pilot.press("j")
        await until(pilot, lambda: "✓" not in bar.render_line(0).text)


def styled(pilot: Pilot[int], style: Any) -> list[str]:
    pane = pilot.app.screen.query_one(ConversationPane)
    return [s.text for y in range(pane.size.height) for s in pane.render_line(y) if s.style == style]


async def test_hits_and_findings_are_marked(make_desk: Any, plain_examples: Any) -> None:
    rows = plain_examples(3)
    text = "Write to <EMAIL_ADDRESS_1>, order 7, or call 555-0100."
    rows[1] = replace(rows[1], messages=(*rows[1].messages[:2], replace(rows[1].messages[2], content=text)))
    desk = make_desk(examples=rows, run=False)
    spans = {"EMAIL_ADDRESS": ("edited", [[1, 9, 24]], {"surrogates": ["<EMAIL_ADDRESS_1>"]})}
    start = text.index("555") - len("<EMAIL_ADDRESS_1>") + 15
    spans["PHONE_NUMBER"] = ("flagged", [[1, start, start + 8]], {})
    events = [
        Event(rows[1].example_id, "pii", does, name, detail={"spans": where, "recognisers": [], **more})
        for name, (does, where, more) in spans.items()  # type: ignore[misc]
    ]
    events.append(
        Event(
            rows[1].example_id,
            "toxicity",
            "flagged",
            "toxicity:insult",
            score=0.91,
            detail={"message": 0, "role": "user"},
        )
    )
    pq.write_table(
        arrow.ledger_table(events), desk.recipe.parent / ".siftune" / "datasets" / "v1" / "ledger.parquet"
    )
    with desk.bench() as bench:
        async with running(bench) as pilot:
            bench.review.filter('"order 7"')
            pilot.app.screen._paint(rearranged=True)
            assert styled(pilot, theme.FOUND) == ["<EMAIL_ADDRESS_1>", "555-0100"]
            assert styled(pilot, theme.HIT) == ["order 7"]
            await pilot.press("n")
            await until(pilot, lambda: styled(pilot, theme.HIT_HERE) == ["order 7"])
            page = text_of(pilot, ConversationPane)
            assert "assistant · EMAIL_ADDRESS replaced · PHONE_NUMBER flagged" in page
            assert "user · toxicity:insult 0.91" in page
            bench.review.edit([replace(m, content=m.content + "!") for m in bench.review.example.messages])
            pilot.app.screen._paint(rearranged=True)
            assert styled(pilot, theme.FOUND) == []


async def test_an_example_beside_itself_before_the_edit(bench: Any) -> None:
    async with running(bench) as pilot:
        example = bench.review.example
        bench.review.edit(
            [replace(m, content=m.content.replace("order", "parcel")) for m in example.messages]
        )
        await pilot.press("g", "c")
        await until(pilot, lambda: bench.review.compared is not None)
        page = text_of(pilot, ConversationPane)
        assert "user · before your edit" in page
        assert "user · this one" in page
        await pilot.press("c")
        await until(pilot, lambda: "before your edit" not in text_of(pilot, ConversationPane))
