"""Pictures of what one does within the review queue, as `tests/kit/snapshots.py` keeps them."""

from typing import Any

import pytest
from pilots import NARROW, WIDE, until
from snapshots import matches

from tui.app import ReviewApp


@pytest.mark.parametrize(
    ("name", "keys", "size"),
    [
        ("review-marks-and-labels", ["5", "v", "v", "x"], WIDE),
        ("review-hits", ["slash", *"order", "enter", "n", "n"], WIDE),
        ("review-sorted", ["s", "j", "enter"], NARROW),
        ("filter-builder", ["F", "space"], WIDE),
        ("filter-builder-narrow", ["F", "j", "j", "space", "space"], NARROW),
        ("bulk", ["v", "v", "b"], WIDE),
        ("bulk-narrow", ["b"], NARROW),
        ("queues", ["Q"], (80, 24)),
        ("compared", ["e", "H", "i", "f2", "g", "c"], WIDE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_queue(desk: Any, name: str, keys: list[str], size: tuple[int, int]) -> None:
    with desk.bench("ada") as bench:
        async with ReviewApp(bench).run_test(size=size) as pilot:
            for key in keys:
                await pilot.press(key)
                await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers))
            await matches(pilot, name)
