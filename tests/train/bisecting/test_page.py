"""The bisect's tree: branches below what they were to tell apart, whatever way the search took."""

import html5lib

from train.bisecting.page import page, tree
from train.bisecting.record import Arm, Bisect, GroupRecord, Span

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


def test_names_of_the_data_are_escaped() -> None:
    text = page(bisected())
    html5lib.HTMLParser(strict=True).parse(text)
    assert "source <4>" not in text
    assert "ource &lt;4&gt; (1 edited) and source &lt;6&gt;" in text
