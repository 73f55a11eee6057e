"""What a review lists: filters over all that is known, orders, saved views, hits, labels, comparisons."""

import json
from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import UsageError
from schemas.example import Message
from tui.model.views import View


def listed(bench: Any) -> list[Any]:
    return [bench.review.corpus.example(int(row)) for row in bench.review.place.order]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("loss>2", lambda _e, losses: losses[1] > 2),
        ("loss<=2", lambda _e, losses: losses[1] <= 2),
        ("base=4", lambda _e, losses: losses[0] == 4),
        ("gain<0 flags>0", lambda e, losses: losses[0] < losses[1] and bool(e.flags)),
        ("-flag:contra", lambda e, _losses: not e.flags),
        ("stage:dedup", lambda e, _losses: bool(e.flags)),
        ("reason:contra", lambda e, _losses: bool(e.flags)),
        ("turns=2 -tag:billing", lambda e, _losses: not e.tags),
        ("-text:7", lambda e, _losses: "7" not in e.prompt + e.answer),
        ("chars>48", lambda e, _losses: sum(len(m.content) for m in e.messages[1:]) > 48),
        ("tokens>0 tokens<1", lambda _e, _losses: False),
    ],
)
def test_filters(bench: Any, desk: Any, text: str, expected: Any) -> None:
    bench.review.filter(text)
    found = {e.example_id for e in listed(bench)}
    assert found == {e.example_id for e in desk.examples if expected(e, desk.losses[e.example_id])}


def test_filters_by_what_annotators_said(desk: Any) -> None:
    with desk.bench("bob") as bench:
        bench.review.decide("drop", "Rude answer")
        bench.review.label("unsafe")
    with desk.bench("ada") as bench:
        review = bench.review
        review.decide("keep")
        counts = {}
        for text in ("by:bob", "by:ada", "reason:rude", "label:unsafe", "-by:bob"):
            review.filter(text)
            counts[text] = len(review.place)
        assert counts == {"by:bob": 1, "by:ada": 1, "reason:rude": 1, "label:unsafe": 1, "-by:bob": 11}
        review.filter("by:ada")
        review.undo()
        review.filter("by:ada")
        assert len(review.place) == 0


def test_a_blind_review_finds_nothing_of_others(desk: Any) -> None:
    from tui.model.workbench import open_workbench

    with desk.bench("bob") as bench:
        bench.review.decide("drop", "Rude answer")
    with open_workbench(
        desk.recipe, queue=None, annotator="ada", run=None, version=None, blind=True
    ) as bench:
        for text in ("by:bob", "reason:rude"):
            assert bench.review.filter(text).says == "0 of 12 match"


def test_orders(bench: Any, desk: Any) -> None:
    review = bench.review
    review.decide("keep")
    assert review.sort("base").says == "by base, highest first"
    base = [desk.losses[e.example_id][0] for e in listed(bench)]
    assert base == sorted(base, reverse=True)
    shown = review.place.row
    assert shown == next(int(row) for row in review.place.order if review.verdicts.current(int(row)) is None)
    assert review.signal_at(shown) == desk.losses[review.corpus.id_of(shown)][0]
    review.filter("flag:contra")
    review.sort("chars", descending=False)
    chars = [sum(len(m.content) for m in e.messages[1:]) for e in listed(bench)]
    assert chars == sorted(chars)
    assert (review.unit, review.decimals) == ("characters", 0)
    review.sort(None)
    review.filter("")
    assert [review.corpus.id_of(int(r)) for r in review.place.order] == [
        review.corpus.id_of(int(r)) for r in review.queue.rows
    ]
    with pytest.raises(UsageError, match="nothing is called"):
        review.sort("beauty")


def test_a_view_is_kept_and_opens_as_a_queue(desk: Any) -> None:
    with desk.bench("ada") as bench:
        review = bench.review
        review.use_queue("random")
        review.filter('flag:contra "order"')
        review.sort("loss", descending=False)
        assert review.save_view("my view").says.startswith("view my view saved: queue random")
        order = review.place.order.tolist()
        assert "saved anew" in review.save_view("my view").says
    with desk.bench("bob", queue="my view") as bench:
        assert bench.review.place.order.tolist() == order
        assert (bench.review.queue.name, bench.review.filter_text) == ("random", "flag:contra order")
        bench.review.views.delete("my view")
        assert bench.review.views.all() == []


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 50, "a ", "con\n"])
def test_a_view_needs_a_name_that_is_a_files(bench: Any, name: str) -> None:
    with pytest.raises(UsageError, match="view's name"):
        bench.review.views.save(View(name, "loss"))


def test_a_damaged_view_is_none_and_a_wrong_one_is_said(bench: Any, desk: Any) -> None:
    folder = desk.recipe.parent / ".siftune" / "views"
    bench.review.save_view("good")
    (folder / "bad.json").write_text("{")
    (folder / "other.json").write_text((folder / "good.json").read_text())
    assert [view.name for view in bench.review.views.all()] == ["good"]
    wrong = json.loads((folder / "good.json").read_text()) | {"name": "wrong", "filter": "los>3"}
    (folder / "wrong.json").write_text(json.dumps(wrong))
    before = bench.review.place.order.tolist()
    with pytest.raises(UsageError):
        bench.review.use_view(bench.review.views.named("wrong"))
    assert bench.review.place.order.tolist() == before


def test_hits_go_on_from_example_to_example_and_round(bench: Any) -> None:
    review = bench.review
    assert "nothing is searched" in review.to_hit().says
    review.filter('"ORDER 1"')
    rows = review.place.order.tolist()
    seen = []
    for _ in range(2 * len(rows) + 1):
        assert review.to_hit().says.startswith("hit ")
        seen.append((review.place.row, review.hit[0]))
    assert seen == [*((row, turn) for row in rows for turn in (1, 2)), (rows[0], 1)]
    review.to_hit(back=True)
    assert (review.place.row, review.hit[0]) == (rows[-1], 2)
    index, start, end = review.hit
    assert review.example.messages[index].content[start:end] == "Order 1"
    review.place.go(0)
    assert review.hit is None


def test_labels_stay_with_what_is_decided(bench: Any) -> None:
    review = bench.review
    row = review.place.row
    assert review.label("unsafe").says == "skipped, labelled unsafe"
    assert review.place.row == row
    review.label("wrong")
    review.decide("drop", "no")
    assert review.verdicts.current(row).labels == ("unsafe", "wrong")
    review.place.go_to_row(row)
    assert review.label("unsafe").says == "no longer labelled unsafe"
    current = review.verdicts.current(row)
    assert (current.verdict, current.reason, current.labels) == ("drop", "no", ("wrong",))
    review.undo()
    assert review.verdicts.labels(row) == ("unsafe", "wrong")
    review.flag("look")
    assert review.verdicts.labels(row) == ("unsafe", "wrong")
    review.label("wrong")
    assert review.verdicts.flag(row).note == "look"
    assert review.verdicts.current(row).verdict == "drop"


def test_what_an_example_is_compared_with(make_desk: Any, make_child: Any, plain_examples: Any) -> None:
    parent, *others = plain_examples(4)
    made = make_child(parent, "Where's my order?", "It left on Monday.")
    with make_desk(examples=[parent, made, *others], run=False).bench(queue="augmented") as bench:
        review = bench.review
        assert review.compare().says == "beside parent"
        assert review.compared.example.example_id == parent.example_id
        assert review.compare().says == "alone again"
        assert review.compared is None
        review.edit([replace(m, content=m.content + "!") for m in review.example.messages])
        review.place.go(0)
        assert review.compare().says == "beside before your edit; c again: parent"
        assert review.compared.example.messages == made.messages
        review.use_queue("pending")
        review.filter(f"{parent.prompt.split()[-1]}")
        assert "nothing to compare" in review.compare().says


def test_an_edit_without_messages_is_refused(bench: Any) -> None:
    with pytest.raises(UsageError):
        bench.review.edit([Message("system", "x")])
