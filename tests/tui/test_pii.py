"""Personal data span by span, on a version that the builder made; what is said is honoured by the next."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilots import NARROW, WIDE, running, text_of, until
from snapshots import matches
from textual.pilot import Pilot
from typed import play

from curate.building.build import build
from curate.history.raw import RawRows
from schemas.example import Example, Message
from schemas.ledger import Event
from schemas.statement import Value
from tui.model.facts import status
from tui.model.personal import Personal, digested, rows_with_pii
from tui.model.pii_spans import pii_spans
from tui.model.workbench import Workbench, open_workbench
from tui.screens.pii import PiiScreen
from tui.widgets.bars import MessageBar
from tui.widgets.empty import Empty
from tui.widgets.strips_pane import StripsPane

PHONE, MAIL = "(415) 555-0132", "ada@example.com"
ROWS = [
    ("Which number?", f"Call {PHONE} or write to {MAIL} today."),
    ("And at night?", f"Again {PHONE}, as by day."),
    ("Who are you?", "The shop's helper, at your service."),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("personal")
    lines = [json.dumps({"prompt": p, "completion": c}) for p, c in ROWS]
    (root / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (root / "recipe.yaml").write_text(
        "name: pii\nsystem_prompt: Help.\npii: {entities: {EMAIL_ADDRESS: flag}}\n"
        "split: {train: 1, validation: 0, test: 0}\nsources:\n  - path: rows.jsonl\n",
        encoding="utf-8",
    )
    build(root / "recipe.yaml", say=lambda _: None)
    return root


@pytest.fixture
def recipe(built: Path, tmp_path: Path) -> Path:
    """A copy, whose journal and versions are the test's own."""
    return shutil.copytree(built, tmp_path / "desk") / "recipe.yaml"


@pytest.fixture
def bench(recipe: Path) -> Iterator[Workbench]:
    with open_workbench(recipe, queue=None, annotator="ada", run=None, version=None) as opened:
        yield opened


def answers(recipe: Path) -> list[str]:
    """Of the next build, in the order of the raw rows."""
    rows = build(recipe, say=lambda _: None).examples()
    return [row.answer for row in sorted(rows, key=lambda row: row.line)]


def said(bench: Workbench) -> list[Value]:
    found = [d.statement for d in bench.review.verdicts.journal.decisions() if d.undoes is None]
    return [one for one in found if isinstance(one, Value)]


async def opened(pilot: Pilot[int]) -> Personal:
    await pilot.press("f4")
    await until(pilot, lambda: isinstance(pilot.app.screen, PiiScreen))
    screen = pilot.app.screen
    assert isinstance(screen, PiiScreen)
    await until(pilot, lambda: screen.listed is not None)
    assert screen.listed is not None
    return screen.listed


@given(
    st.lists(st.tuples(st.text("ab ", max_size=4), st.text("0123", min_size=1, max_size=9)), max_size=14),
    st.text("xyz", max_size=3),
)
def test_spans_are_where_the_stand_ins_are(pieces: list[tuple[str, str]], end: str) -> None:
    """Of a text with values in it, and the same with stand-ins."""
    before, after, spans, names = "", "", [], {}
    for words, value in pieces:
        stand_in = names.setdefault(value, f"<P_{len(names) + 1}>")
        spans.append([0, len(before) + len(words), len(before) + len(words) + len(value)])
        before, after = before + words + value, after + words + stand_in
    event = Event("e", "pii", "edited", "P", detail={"spans": spans, "surrogates": list(names.values())})
    row = Example("e", (Message("user", after + end),), "raw", 1)
    shown = [(row.messages[0].content[s.start : s.end], s.before) for s in pii_spans(row, [event])]
    assert shown == [(names[value], tuple(span[1:])) for (_, value), span in zip(pieces, spans, strict=True)]


def test_a_text_that_was_changed_later_has_no_spans() -> None:
    event = Event("e", "pii", "edited", "P", detail={"spans": [[0, 2, 9]], "surrogates": ["<P_1>"]})
    assert pii_spans(Example("e", (Message("user", "of another"),), "raw", 1), [event]) == []


async def test_a_stand_in_called_none_everywhere_gives_the_value_back(bench: Workbench, recipe: Path) -> None:
    async with running(bench) as pilot:
        listed = await opened(pilot)
        assert [(s.entity, s.fate) for s in listed.spans] == [
            ("PHONE_NUMBER", "replaced"),
            ("EMAIL_ADDRESS", "flagged"),
        ]
        assert "1 of 2: PHONE_NUMBER" in text_of(pilot, StripsPane)
        assert PHONE not in text_of(pilot, StripsPane)
        await pilot.press("X")
        await until(pilot, lambda: len(said(bench)) == 1)
        assert listed.chosen == 1, "on to the next span"
    (value,) = said(bench)
    assert (value.personal, value.scope, value.entity) == (False, "everywhere", "PHONE_NUMBER")
    assert PHONE not in (recipe.parent / ".siftune/decisions.db").read_bytes().decode("latin-1")
    assert answers(recipe)[:2] == [row[1] for row in ROWS[:2]]


async def test_a_flagged_value_called_personal_is_replaced_here(bench: Workbench, recipe: Path) -> None:
    async with running(bench) as pilot:
        listed = await opened(pilot)
        await pilot.press("]", "a")
        await until(pilot, lambda: len(said(bench)) == 1)
        assert listed.cursor.position == 1, "on to the next example"
    assert answers(recipe)[0] == "Call <PHONE_NUMBER_1> or write to <EMAIL_ADDRESS_1> today."


async def test_here_alone_everywhere_and_undone(bench: Workbench, recipe: Path) -> None:
    async with running(bench) as pilot:
        listed = await opened(pilot)
        await pilot.press("x")
        await until(pilot, lambda: len(said(bench)) == 1)
        await pilot.press("A")
        await until(pilot, lambda: len(said(bench)) == 2)
        await pilot.press("u")
        await until(pilot, lambda: len(bench.review.verdicts.journal.decisions()) == 3)
        here, everywhere = said(bench)
        assert (here.personal, here.scope, here.entity) == (False, "here", "PHONE_NUMBER")
        assert (everywhere.personal, everywhere.scope, everywhere.entity) == (
            True,
            "everywhere",
            "EMAIL_ADDRESS",
        )
        assert here.salt == everywhere.salt
        await pilot.press("k", "[")
        await until(pilot, lambda: "you: no personal data, here" in text_of(pilot, StripsPane))
        assert listed.done(0)
    assert answers(recipe)[:2] == [ROWS[0][1], "Again <PHONE_NUMBER_1>, as by day."]


async def test_a_key_while_the_value_is_being_read_is_said_and_nothing_is_lost(bench: Workbench) -> None:
    async with running(bench) as pilot:
        await opened(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, PiiScreen)
        screen.action_is_not_pii()
        screen.action_is_pii()
        assert "press it again" in screen.query_one("#message", MessageBar).text
        await until(pilot, lambda: len(said(bench)) == 1)
        assert not said(bench)[0].personal


async def test_a_raw_row_that_changed_is_said(bench: Workbench, recipe: Path) -> None:
    (recipe.parent / "rows.jsonl").write_text('{"prompt": "a", "completion": "b"}\n', encoding="utf-8")
    async with running(bench) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await until(pilot, lambda: "changed since" in pilot.app.screen.query_one("#message").text)
        assert said(bench) == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_both_sizes(bench: Workbench, size: tuple[int, int]) -> None:
    async with running(bench, size) as pilot:
        await opened(pilot)
        await matches(pilot, "pii" if size == WIDE else "pii-narrow")
        await pilot.press("j")
        await until(pilot, lambda: "Again <PHONE_NUMBER_1>" in text_of(pilot, StripsPane))


async def test_nothing_found_is_said(recipe: Path) -> None:
    text = recipe.read_text(encoding="utf-8").replace("pii: {entities: {EMAIL_ADDRESS: flag}}\n", "")
    recipe.write_text(text, encoding="utf-8")
    build(recipe, say=lambda _: None)
    with open_workbench(recipe, queue=None, annotator="ada", run=None, version=None) as without:
        assert status(without.review).endswith("queue pending")  # no run, and so no unit of loss
        async with running(without) as pilot:
            await opened(pilot)
            await until(pilot, lambda: "The recipe has no `pii`." in text_of(pilot, Empty))
            await pilot.press("a", "]")
            assert said(without) == []


def test_a_blind_reviewer_sees_what_was_found_and_not_what_was_said(bench: Workbench, recipe: Path) -> None:
    listed = Personal(bench.review, bench.ledger, rows_with_pii(bench.dataset, bench.review.corpus))
    asked = listed.ask(False, "everywhere")
    assert asked is not None
    listed.say(asked, digested(asked, bench.workspace, RawRows(bench.workspace)))
    build(recipe, say=lambda _: None)
    for blind in (False, True):
        with open_workbench(
            recipe, queue=None, annotator="bob", run=None, version=None, blind=blind
        ) as other:
            rows = rows_with_pii(other.dataset, other.review.corpus)
            again = Personal(other.review, other.ledger, rows)
            phone = next(span for span in again.spans if span.entity == "PHONE_NUMBER")
            assert (phone.fate, phone.by) == (("flagged", "siftune") if blind else ("spared", "ada"))
            assert any(again.done(at) for at in range(len(again))) is not blind


def test_line_by_line_the_next_build_does_as_said(recipe: Path, bench: Workbench) -> None:
    spoken = play(bench, "X", "a", "u", screen="pii")
    assert [(value.personal, value.scope) for value in said(bench)] == [(False, "everywhere"), (True, "here")]
    assert "span 1 of 2: PHONE_NUMBER, replaced by a stand-in" in spoken
    assert "Call [span 1: <PHONE_NUMBER_1>] or write to [span 2: ada@example.com] today." in spoken
    assert "undone: said: what is personal data" in spoken
    assert PHONE not in spoken
    assert answers(recipe)[:2] == [ROWS[0][1], ROWS[1][1]]
