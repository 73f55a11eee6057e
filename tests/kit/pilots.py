"""The review driven by keys in a test: run it, wait for a condition, read what is on the screen."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from tui.actions.registry import Registry
from tui.app import ReviewApp
from tui.catalogue import FIRST

WIDE, NARROW = (120, 40), (60, 16)


@asynccontextmanager
async def running(
    bench: Any, size: tuple[int, int] = WIDE, registry: Registry | None = None, first: str = FIRST
) -> AsyncIterator[Pilot[int]]:
    """`first` is the screen that it begins on."""
    async with ReviewApp(bench, registry, first=first).run_test(size=size) as pilot:
        yield pilot


async def until(pilot: Pilot[int], holds: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for a condition: a pause alone is no promise that all messages were handled."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come about"
        await pilot.pause()
        await asyncio.sleep(0.01)


def text_of(pilot: Pilot[int], pane: type[Widget]) -> str:
    """What is on the screen where the pane is."""
    region = pilot.app.screen.query_one(pane).region
    strips = pilot.app.screen._compositor.render_strips()[region.y : region.bottom]
    return "\n".join(strip.crop(region.x, region.right).text for strip in strips)


def shown(pilot: Pilot[int]) -> str:
    """The whole screen as text."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
