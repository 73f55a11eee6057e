"""Several annotators at once: what each gets, what a blind one sees, and how far the team is."""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.journal import Journal
from schemas import arrow
from schemas.errors import UsageError
from schemas.ledger import Event
from tui.app import review
from tui.model.deal import Deal
from tui.model.facts import chips, status, story
from tui.model.workbench import open_workbench

IDS = [hashlib.sha256(str(n).encode()).hexdigest()[:20] for n in range(5000)]
NAMES = st.lists(st.text("abcdé", min_size=1, max_size=6), min_size=2, max_size=5, unique=True)


@settings(deadline=None, max_examples=30)
@given(names=NAMES, overlap=st.floats(0, 1))
def test_every_example_is_dealt_to_one_or_to_all(names: list[str], overlap: float) -> None:
    deals = [Deal.among(",".join(names), name, overlap).of(name, IDS) for name in names]
    got = np.sum(deals, axis=0)
    assert set(got.tolist()) <= {1, len(names)}


def test_shares_are_as_asked() -> None:
    deal = Deal.among("ada,bob,eve", "ada", 0.1)
    masks = [deal.of(name, IDS) for name in deal.team]
    assert np.mean(np.sum(masks, axis=0) == 3) == pytest.approx(0.1, abs=0.015)
    for mask in masks:
        assert mask.mean() == pytest.approx(0.1 + 0.9 / 3, abs=0.025)


def test_a_deal_is_the_same_for_all_whatever_the_order_of_names_and_rows() -> None:
    one, other = Deal.among("ada,bob", "ada", 0.2), Deal.among(" bob , ada", "bob", 0.2)
    assert one == other
    assert (one.of("ada", IDS[::-1]) == other.of("ada", IDS)[::-1]).all()


def test_who_joins_takes_from_all_and_nothing_else_moves() -> None:
    before, after = Deal.among("ada,bob", "ada", 0.0), Deal.among("ada,bob,eve", "ada", 0.0)
    for name in before.team:
        assert not (after.of(name, IDS) & ~before.of(name, IDS)).any()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"team": "ada"}, "no team"),
        ({"team": "bob,eve"}, "ada is not in --team"),
        ({"overlap": 0.5}, "share of what a team does"),
        ({"queue": "disagreement", "blind": True}, "--blind hides it"),
    ],
)
def test_what_makes_no_sense_is_said(desk: Any, given: dict[str, Any], problem: str) -> None:
    options = {"queue": None, "annotator": "ada", "plain": True, "run": None, "version": None}
    with pytest.raises(UsageError, match=problem):
        review(desk.recipe, **{**options, **given})


def opened(desk: Any, annotator: str, **given: Any) -> Any:
    options = {"queue": "random", "run": None, "version": None}
    return open_workbench(desk.recipe, annotator=annotator, **{**options, **given})


def test_queues_are_dealt_and_together_hold_everything(make_desk: Any) -> None:
    desk = make_desk(n=60)
    rows = {}
    for name in ("ada", "bob"):
        with opened(desk, name, deal=Deal.among("ada,bob", name, 0.2)) as bench:
            rows[name] = set(bench.review.place.order.tolist())
            assert "dealt to 2, overlap 20%" in status(bench.review)
            bench.review.use_queue("loss")
            assert set(bench.review.place.order.tolist()) == rows[name]
    assert rows["ada"] | rows["bob"] == set(range(60))
    assert 0 < len(rows["ada"] & rows["bob"]) < 30


def test_the_status_says_how_far_oneself_and_the_team_are(desk: Any) -> None:
    with desk.bench("ada") as bench:
        bench.review.decide("keep")
        assert "team" not in status(bench.review)
    with desk.bench("bob") as bench:
        bench.review.place.go(3)
        bench.review.decide("drop")
        assert "11 left" in status(bench.review)
        assert "team 2/12" in status(bench.review)
        with Journal.open(desk.journal) as elsewhere:
            elsewhere.append(desk.examples[7].example_id, "ada", "keep")
        bench.review.skip()
        assert "team 3/12" in status(bench.review)


def everything_said(bench: Any) -> str:
    row, example = bench.review.place.row, bench.review.example
    told = [line for _, lines in story(bench, row) for line in lines]
    return "\n".join([*(chip.text for chip in chips(bench, row, example)), *told])


def test_a_blind_review_shows_nothing_of_the_others(make_desk: Any, plain_examples: Any) -> None:
    rows = plain_examples(12)
    marked = [rows[0], replace(rows[1], flags=("contradiction", "disagreement", "reviewed")), *rows[2:]]
    desk = make_desk(examples=marked)
    add_edits_to_the_ledger(desk, marked[1].example_id)
    with Journal.open(desk.journal) as journal:
        journal.append(marked[1].example_id, "bob", "drop", reason="rude")
    said = {}
    for blind in (False, True):
        with opened(desk, "ada", blind=blind) as bench:
            bench.review.place.go_to_row(bench.review.corpus.row_of(marked[1].example_id))
            said[blind] = everything_said(bench)
            bench.review.filter("flag:disagreement")
            assert len(bench.review.place) == (0 if blind else 1)
            bench.review.filter("flag:contradiction")
            assert len(bench.review.place) == sum(bool(row.flags) for row in marked)
            assert (", blind" in status(bench.review)) is blind
            assert "disagreement" not in bench.review.queues
    for word in ("bob", "rude", "disagreement", "reviewed", "kept_by_review"):
        assert word in said[False]
        assert word not in said[True]
    assert "contradiction" in said[True]
    assert "quality: too_short" in said[True]


def test_a_blind_annotator_sees_their_own_decisions(desk: Any) -> None:
    with opened(desk, "ada", blind=True) as bench:
        bench.review.decide("drop", "off topic")
        bench.review.place.go(0)
        assert "off topic" in everything_said(bench)


def add_edits_to_the_ledger(desk: Any, example_id: str) -> None:
    path = desk.recipe.parent / ".siftune" / "datasets" / "v1" / "ledger.parquet"
    detail = {"verdicts": {"ada": "keep", "bob": "drop"}}
    events = [
        Event(example_id, "edits", "flagged", "disagreement", actor="ada, bob", detail=detail),
        Event(example_id, "quality", "kept_by_review", "too_short"),
    ]
    pq.write_table(pa.concat_tables([pq.read_table(path), arrow.ledger_table(events)]), path)
