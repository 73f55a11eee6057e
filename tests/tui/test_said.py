"""What filters ask of decisions: columns that follow the journal say what a reading of it all would say."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decision import Decision
from schemas.statement import Apart
from tui.model.corpus import ABSENT
from tui.model.said import Field, Said

EXAMPLES = ("one", "two", "three", "elsewhere")
ROWS = {"one": 0, "two": 1, "three": 2, "elsewhere": ABSENT}
LABELS = ((), ("rude",), ("rude", "Unsafe"), (Apart("two").label,))


@st.composite
def journals(draw: Any) -> list[Decision]:
    found: list[Decision] = []
    for seq in range(1, draw(st.integers(1, 30))):
        who = draw(st.sampled_from(("ada", "bob")))
        own = [d.seq for d in found if d.annotator == who and d.undoes is None]
        undoes = draw(st.sampled_from([None, *own]))
        verdict = draw(st.sampled_from(("keep", "drop", "skip")))
        reason = draw(st.sampled_from((None, "wrong answer", "Rude")))
        labels = draw(st.sampled_from(LABELS))
        name = draw(st.sampled_from(EXAMPLES))
        found.append(Decision(seq, name, who, verdict, labels=labels, reason=reason, undoes=undoes))
    return found


def in_force(decisions: Sequence[Decision], annotator: str | None) -> list[Decision]:
    """Read anew, decision by decision: what the columns must agree with."""
    undone = {d.undoes for d in decisions}
    latest: dict[tuple[str, str], Decision] = {}
    for d in decisions:
        counts = d.undoes is None and d.seq not in undone and d.statement is None
        if counts and annotator in (None, d.annotator) and ROWS[d.example_id] != ABSENT:
            key = (d.annotator, d.example_id)
            if d.verdict != "skip" or key not in latest or latest[key].verdict == "skip":
                latest[key] = d
    return list(latest.values())


def texts(decision: Decision, field: Field) -> tuple[str, ...]:
    if field == "by":
        return () if decision.verdict == "skip" else (decision.annotator,)
    return decision.labels if field == "label" else (decision.reason or "",)


@given(journals(), st.integers(0, 30), st.sampled_from((None, "ada")))
def test_columns_say_what_the_whole_journal_says(
    decisions: list[Decision], cut: int, annotator: str | None
) -> None:
    said = Said()
    said.take_in(decisions[:cut], ROWS)
    said.take_in(decisions[cut:], ROWS)
    found, expected = said.in_force(annotator), in_force(decisions, annotator)
    asked: list[tuple[Field, str]] = [("reason", "WRONG"), ("reason", "rude"), ("label", "u"), ("by", "b")]
    for field, part in asked:
        rows = {
            ROWS[d.example_id] for d in expected for t in texts(d, field) if t and part.lower() in t.lower()
        }
        assert set(found.rows_with(field, part).tolist()) == rows
    for field in ("label", "by"):
        assert found.counts(field) == Counter(t for d in expected for t in texts(d, field))


def test_a_filter_reads_no_more_of_the_journal_than_what_is_new(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = bench.review
    review.decide("drop", "wrong")
    asked: list[int] = []
    read = review.verdicts.journal.decisions
    monkeypatch.setattr(
        review.verdicts.journal,
        "decisions",
        lambda *a, after=0, **k: asked.append(after) or read(*a, after=after, **k),
    )
    for text in ("reason:wrong", "label:unsafe", "by:ada"):
        review.search(text).rows()
    assert asked == [1, 1, 1]


def test_a_decision_made_elsewhere_is_found(desk: Any) -> None:
    with desk.bench("ada") as bench, desk.bench("bob") as other:
        other.review.decide("drop", "too long")
        bench.review.filter("reason:too by:bob")
        assert len(bench.review.place) == 1
        other.review.undo()
        bench.review.filter("reason:too")
        assert len(bench.review.place) == 0
