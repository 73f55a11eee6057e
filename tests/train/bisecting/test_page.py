"""The bisect's tree: branches below what they were to tell apart, whatever way the search took."""

import html5lib

from train.bisecting import words
from train.bisecting.page import page, tree
from train.bisecting.record import Arm, Bisect, GroupRecord, RoundRecord, Span, TargetRecord
from train.bisecting.table import tables

WHOLE = tuple(range(8))
SEARCHED = (  # put back, among, why, outcome
    ((0, 1, 2, 3), WHOLE, "half", "none"),
    ((4, 5), (4, 5, 6, 7), "half", "partly"),
    ((6, 7), (4, 5, 6, 7), "other half", "partly"),
    ((6, 7, 4), (4, 5), "half", "repaired"),
    ((4,), (4, 6, 7), "kept half", "none"),
    ((4, 6), (6, 7), "half", "repaired"),
    ((4, 6), (4, 6), "alone", "repaired"),
)


def bisected() -> Bisect:
    groups = tuple(
        GroupRecord(name=f"source <{n}>", rows=(f"{n}",), kinds={"edited": 1}, suspicion=0.5) for n in WHOLE
    )
    ends = [Arm(back=back, dataset_version="x", runs=("r",), losses=(1.0,)) for back in ((), WHOLE)]
    tried = [
        Arm(back=b, dataset_version="x", runs=("r",), losses=(1.0,), among=a, why=why, outcome=o)
        for b, a, why, o in SEARCHED
    ]
    return Bisect(
        a="a",
        b="b",
        until=0.05,
        by=("source",),
        groups=groups,
        seeds=(1,),
        arms=(*ends, *tried),
        regression=Span(value=1.0, low=0.5, high=1.5),
        verdict="explained",
        guilty=(4, 6),
        explained=Span(value=1.0),
    )


def test_branches_stand_within_branches() -> None:
    found = html5lib.parse(f"<!doctype html><title>t</title>{tree(bisected())}", namespaceHTMLElements=False)
    (top,) = found.findall("./body/ul")
    below = {child.text or child.find("b").tail: child for child in top.iter("li")}
    assert len(below) == len(SEARCHED)
    for inner in found.iter("ul"):
        assert all(child.tag == "li" for child in inner)
    kept = next(li for said, li in below.items() if "kept half" in said)
    assert len(kept.findall("./ul/li")) == 2
    assert len(top.findall("./li")) == 1


def two_rounds() -> Bisect:
    """Beside 4 and 6, which are put back by then, 7 made other examples worse."""
    first = bisected()
    start = (4, 6)
    back = ((4, 6), WHOLE, (4, 6, 7))
    arms = [
        Arm(back=b, dataset_version="x", runs=("r",), losses=(1.0,), round=2, remains=Span(value=0.0))
        for b in back
    ]
    arms[-1] = arms[-1].model_copy(update={"among": (0, 7), "why": "half", "outcome": "repaired"})
    whole, share = Span(value=0.5, low=0.4, high=0.6), Span(value=0.9, low=0.8, high=1.0)
    targets = [
        TargetRecord(name=name, example_ids=ids, tokens=(3,) * len(ids))
        for name, ids in (("tag <a>", ("e1", "e2")), ("tag <b>", ("e2", "e3")))
    ]
    rounds = [
        RoundRecord(target=t, start=s, verdict="explained", guilty=g, regression=whole, explained=share)
        for t, s, g in zip(targets, ((), start), (start, (7,)), strict=True)
    ]
    update = {
        "arms": (*first.arms, *arms),
        "rounds": tuple(rounds),
        "guilty": (4, 6, 7),
        "target": targets[0],
    }
    return first.model_copy(update=update)


def test_each_round_has_a_tree_of_its_own() -> None:
    found = two_rounds()
    text = page(found)
    html5lib.HTMLParser(strict=True).parse(text)
    tops = html5lib.parse(f"<!doctype html><title>t</title>{tree(found)}", namespaceHTMLElements=False)
    first, second = tops.findall("./body/ul")
    assert len(list(first.iter("li"))) == len(SEARCHED)
    assert len(list(second.iter("li"))) == 1
    assert "Worse yet: 2 held-out examples: tag &lt;b&gt;" in tree(found)


def test_what_all_rounds_are_about_is_said_and_can_be_asked_again() -> None:
    found = two_rounds()
    said = words.verdict(found)
    assert said.startswith("source <4> (1 edited) and source <6> (1 edited): put back, 100%")
    assert said.endswith("source <7> (1 edited): put back too, 90% (80% to 100%) of +0.5000 goes of tag <b>")
    assert found.asked is not None
    assert found.asked.example_ids == ("e1", "e2", "e3")
    assert found.asked.tokens == (3, 3, 3)
    assert len(found.arms) == 12
    assert found.tried == 9  # A's data are an arm of both rounds, and 4 with 6 were tried three times
    printed = [title for title, _ in tables(found)]
    assert printed[-1] == "worse yet: 2 held-out examples: tag <b>"


def test_names_of_the_data_are_escaped() -> None:
    text = page(bisected())
    html5lib.HTMLParser(strict=True).parse(text)
    assert "source <4>" not in text
    assert "ource &lt;4&gt; (1 edited) and source &lt;6&gt;" in text
