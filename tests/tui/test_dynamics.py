"""Queues by what the losses over time tell: the run's own order, the parts in the panel, and what lacks."""

from typing import Any

import pytest

from schemas.errors import UsageError
from tui.app import ReviewApp
from tui.model.facts import chips, story
from tui.widgets.bars import FactsBar


@pytest.mark.parametrize("name", ["noise", "confidence", "variability", "forgotten", "learned"])
def test_the_order_and_the_number_are_those_of_the_run(bench: Any, desk: Any, name: str) -> None:
    from train.queue import review_queue
    from train.store import open_run

    review = bench.review
    review.use_queue(name)
    expected = {item.example_id: item.signal for item in review_queue(open_run(desk.recipe), name)}
    rows = [int(row) for row in review.place.order]
    shown = {review.corpus.id_of(row): review.signal_at(row) for row in rows}
    assert shown == pytest.approx(
        {key: float("nan") if value is None else value for key, value in expected.items()}, nan_ok=True
    )
    signals = [shown[review.corpus.id_of(row)] for row in rows]
    assert signals == sorted(signals, reverse=name != "confidence") or name == "learned"


def test_the_panel_shows_the_parts_of_the_noise_rank(bench: Any) -> None:
    review = bench.review
    review.use_queue("noise")
    row = review.place.row
    (chip,) = [c.text for c in chips(bench, row, review.example) if c.text.startswith("noise ")]
    parts = review.losses.dynamics.parts(row)
    assert {part for part, _ in parts} == {"late", "slow", "token"}
    assert all(f"{part} {share:.2f}" in chip for part, share in parts)
    assert parts == sorted(parts, key=lambda pair: -pair[1])
    assert review.signal_at(row) == pytest.approx(sum(share for _, share in parts) / 3)


def test_the_whole_story_tells_of_time(bench: Any) -> None:
    row = bench.review.place.row
    (lines,) = [lines for heading, lines in story(bench, row) if heading == "Over time"]
    assert lines[0].startswith("noise rank ")
    assert any("never right as a whole" in line for line in lines)


def test_what_the_run_did_not_measure_is_said(bench: Any) -> None:
    review = bench.review
    with pytest.raises(UsageError, match="without their prompts") as caught:
        review.use_queue("ifd")
    assert "train ifd" in caught.value.mend
    assert review.queue.name != "ifd"


def test_opening_computes_nothing(bench: Any) -> None:
    """A review by loss does not wait for what it does not show."""
    review = bench.review
    assert chips(bench, review.place.row, review.example)
    assert "_table" not in vars(review.losses.dynamics)


async def test_the_queue_on_the_screen(desk: Any) -> None:
    with desk.bench(queue="noise") as bench:
        app = ReviewApp(bench)
        async with app.run_test(size=(120, 30)) as pilot:
            await pilot.pause()
            bar = app.screen.query_one(FactsBar)
            drawn = "".join(bar.render_line(y).text for y in range(2))
            assert "noise 0." in drawn
            assert "late 0." in drawn
            first = bench.review.place.row
            await pilot.press("x")
            assert bench.review.verdicts.current(first).verdict == "drop"
