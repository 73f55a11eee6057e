"""The review driven by keys, judged by the review's state and the journal."""

from typing import Any

from tui.app import ReviewApp


async def test_keep_is_on_disk_and_the_next_example_is_shown(bench: Any) -> None:
    app = ReviewApp(bench)
    async with app.run_test(size=(120, 40)) as pilot:
        row = bench.review.place.row
        await pilot.press("a")
        assert bench.review.decision_at(row).verdict == "keep"
        assert bench.review.place.row != row
