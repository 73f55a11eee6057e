"""Losses on the screen: order, course and shaded tokens, and that a verdict there is one like any other."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilots import NARROW, WIDE, running, text_of, until
from snapshots import matches
from textual.pilot import Pilot

from tui.model.loss_review import LossReview, Trajectory
from tui.model.sparkline import sparkline
from tui.screens.losses import LossesScreen
from tui.widgets.empty import Empty
from tui.widgets.strips_pane import StripsPane

NUMBERS = st.lists(st.one_of(st.just(math.nan), st.floats(-1e6, 1e6)), min_size=1, max_size=30)


@given(NUMBERS)
def test_a_higher_number_never_has_a_lower_bar(values: list[float]) -> None:
    bars = sparkline(values)
    assert len(bars) == len(values)
    known = sorted((value, bar) for value, bar in zip(values, bars, strict=True) if value == value)
    assert [bar for _, bar in known] == sorted(bar for _, bar in known)
    assert all((bar == "·") == (value != value) for value, bar in zip(values, bars, strict=True))


def test_the_ends_of_the_scale_are_the_lowest_and_the_highest_bar() -> None:
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█"
    assert sparkline([0.5], 0.0, 1.0) == "▅"
    assert sparkline([2.0, 2.0]) == "▅▅"
    assert sparkline([]) == ""


def test_a_course_leaves_out_what_was_not_measured() -> None:
    lines = Trajectory(3.0, (math.nan, 1.0), (0.5, 1.0), (math.nan, 2.0)).lines()
    assert lines == [
        "measured  █▁  base 3.00, epoch 1 1.00",
        "seen      ·▅  · → 2.00, epoch by epoch in training",
    ]
    assert Trajectory(math.nan, (), (), ()).lines() == ["the run did not measure this example"]


async def shown(pilot: Pilot[int]) -> LossReview:
    await pilot.press("f7")
    await until(pilot, lambda: isinstance(pilot.app.screen, LossesScreen))
    screen = pilot.app.screen
    assert isinstance(screen, LossesScreen)
    await until(pilot, lambda: screen.listed is not None)
    assert screen.listed is not None
    return screen.listed


async def test_the_highest_loss_first_with_its_course_and_its_tokens(bench: Any, desk: Any) -> None:
    async with running(bench) as pilot:
        listed = await shown(pilot)
        assert listed.example is not None
        worst = max(desk.losses.values(), key=lambda pair: pair[1])[1]
        base, adapter = desk.losses[listed.example.example_id]
        assert adapter == worst
        course = listed.trajectory(listed.row or 0)
        assert (course.base, course.snapshots) == (base, (adapter / 2, adapter))
        text = text_of(pilot, StripsPane)
        assert f"base {base:.2f}, epoch 0.5 {adapter / 2:.2f}, epoch 1 {adapter:.2f}" in text
        assert "probability of a token" in text


async def test_s_orders_by_gain_then_by_rise(bench: Any, desk: Any) -> None:
    async with running(bench) as pilot:
        listed = await shown(pilot)
        for order in ("gain", "rise", "loss"):
            await pilot.press("s")
            await until(pilot, lambda order=order: listed.order == order)
            signals = []
            for at in range(len(listed)):
                listed.cursor.go(at)
                signals.append(listed.signal(listed.row or 0))
            assert signals == sorted(signals, reverse=order != "gain")
            assert len(signals) == len(desk.losses)


async def test_a_verdict_is_one_like_any_other(bench: Any) -> None:
    async with running(bench) as pilot:
        listed = await shown(pilot)
        row = listed.row
        await pilot.press("x")
        await until(pilot, lambda: listed.row != row)
        assert bench.review.verdicts.current(row).verdict == "drop"
        assert bench.review.verdicts.current(row).run == "r1"
        await pilot.press("u")
        await until(pilot, lambda: listed.row == row)
        assert bench.review.verdicts.current(row) is None
        await pilot.press("a", "n", "ctrl+r")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_both_sizes(bench: Any, size: tuple[int, int]) -> None:
    async with running(bench, size) as pilot:
        await shown(pilot)
        await matches(pilot, "losses" if size == WIDE else "losses-narrow")


async def test_without_a_run_it_says_what_to_do(make_desk: Any) -> None:
    with make_desk(run=False).bench() as bench:
        async with running(bench) as pilot:
            await pilot.press("f7")
            await until(pilot, lambda: isinstance(pilot.app.screen, LossesScreen))
            await until(pilot, lambda: "No run has measured" in text_of(pilot, Empty))
            await pilot.press("a", "s", "j", "J")
            assert bench.review.verdicts.journal.decisions() == []
