"""What became of each answer: everything counted once, whatever the decisions are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.report.acceptance import Acceptance, Tally, tally, wilson
from curate.report.augmentation import augmentation
from schemas.decision import Decision, Ruling
from schemas.ledger import Event

AFTER = {
    "waiting": [],
    "accepted": [("flagged", "edits:reviewed"), ("kept_by_review", "quality:too_short")],
    "edited": [("edited", "edits:review"), ("flagged", "quality:refusal")],
    "rejected": [("dropped", "edits:review")],
    "disputed": [("flagged", "edits:disagreement")],
    "near": [("dropped", "near_duplicate")],
    "disputed, then dropped": [("flagged", "edits:disagreement"), ("dropped", "quality:too_short")],
}
CHILD = st.tuples(st.sampled_from(["paraphrase", "tone"]), st.sampled_from(list(AFTER)))


def created(child: str, strategy: str = "paraphrase") -> Event:
    return Event(child, "augment", "created", strategy, matched_id="p")


def refused(gate: str, strategy: str = "paraphrase") -> Event:
    return Event("p", "augment", "flagged", f"augment:{gate}", detail={"strategy": strategy})


def after(child: str, fate: str) -> list[Event]:
    return [Event(child, "augment", action, reason) for action, reason in AFTER[fate]]  # type: ignore[arg-type]


def ruling(child: str, *verdicts: str) -> Ruling:
    decisions = [Decision(n, child, f"a{n}", v) for n, v in enumerate(verdicts)]  # type: ignore[arg-type]
    return Ruling(child, tuple(decisions))


@given(st.lists(CHILD, max_size=20))
def test_every_child_ends_in_one_place(children: list[tuple[str, str]]) -> None:
    events = [created(str(n), strategy) for n, (strategy, _) in enumerate(children)]
    events += [event for n, (_, fate) in enumerate(children) for event in after(str(n), fate)]
    found = {a.strategy: a for a in tally(events)}
    for name, a in found.items():
        fates = [fate for strategy, fate in children if strategy == name]
        assert a.created == len(fates)
        for fate in ("waiting", "accepted", "edited", "rejected", "disputed"):
            assert getattr(a, fate) == fates.count(fate)
        assert a.dropped.total() == fates.count("near") + fates.count("disputed, then dropped")
    assert sum(a.created for a in found.values()) == len(children)


def test_equal_children_are_counted_one_by_one() -> None:
    events = [created("x"), created("x", "tone"), *after("x", "near")]
    paraphrase, tone = tally(events)
    assert (paraphrase.dropped.total(), tone.dropped.total()) == (1, 0)
    assert (paraphrase.waiting, tone.waiting) == (0, 1)


def test_what_was_not_made_is_no_child() -> None:
    (a,) = tally([refused("too_similar"), refused("too_similar"), refused("empty"), created("x")])
    assert a.not_made == {"too_similar": 2, "empty": 1}
    assert a.created == a.waiting == 1


def test_other_stages_and_other_rows_do_not_count() -> None:
    assert tally([Event("p", "dedup", "dropped", "near_duplicate"), *after("p", "rejected")]) == []


def test_what_reviewers_say_now_comes_before_what_the_version_knew() -> None:
    counted = Tally()
    fates = ["waiting", "rejected", "accepted", "near", "waiting"]
    for n, fate in enumerate(fates):
        for event in (created(str(n)), *after(str(n), fate)):
            counted.add(event)
    now = {
        "0": ruling("0", "keep"),
        "2": ruling("2", "drop"),
        "3": ruling("3", "keep"),
        "4": ruling("4", "edit", "drop"),
    }
    (a,) = counted.by_strategy(now)  # the rejection of 1 was taken back
    assert (a.accepted, a.rejected, a.disputed, a.waiting) == (1, 1, 1, 1)
    assert a.dropped == {"near_duplicate": 1}
    (then,) = counted.by_strategy()
    assert (then.accepted, then.rejected, then.waiting) == (1, 1, 2)


def test_the_rate_counts_what_was_accepted_as_it_came() -> None:
    a = Acceptance("tone", created=30)
    a.reviewed.update(accepted=15, edited=3, rejected=2, disputed=1)
    assert a.rate == 0.75
    assert a.waiting == 9
    assert "75.0% (53.1% to 88.8%)" in augmentation([a])
    assert Acceptance("new").rate is None
    assert Acceptance("new").interval is None


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(hits: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)
