"""Limits a minute: requests leave evenly, and a stop does not wait for their turn."""

import time
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from parrot import request_of

from curate.llm import Answer, Request, make_completer
from curate.llm.rates import tokens_of
from curate.llm.traffic import Patience
from schemas.errors import UsageError
from schemas.example import Example

QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, timeout_s=5.0)


@pytest.fixture
def requests(make_example: Callable[..., Example]) -> list[Request]:
    return [request_of(make_example(number), 0) for number in range(12)]


def test_requests_a_minute(endpoint: Any, requests: list[Request], tmp_path: Path) -> None:
    settings = endpoint.settings(requests_per_minute=1200, concurrency=8)
    replies = make_completer(settings, tmp_path / "a.db", lambda _: None, QUICK)(requests)
    assert all(isinstance(reply, Answer) for reply in replies)
    gaps = [b - a for a, b in pairwise(endpoint.arrived_at)]
    assert sum(gaps) >= 0.7 * 11 * 0.05  # what they waited for differs from when they arrived
    assert max(gaps) < 3


def test_a_repeated_request_counts_again(endpoint: Any, requests: list[Request], tmp_path: Path) -> None:
    endpoint.mood = lambda n, _body: "500" if n % 2 else "good"
    settings = endpoint.settings(requests_per_minute=1200, concurrency=8)
    make_completer(settings, tmp_path / "a.db", lambda _: None, QUICK)(requests)
    assert endpoint.requests > 18
    assert endpoint.arrived_at[-1] - endpoint.arrived_at[0] >= 0.7 * (endpoint.requests - 1) * 0.05


def test_tokens_a_minute(endpoint: Any, requests: list[Request], tmp_path: Path) -> None:
    total = sum(map(tokens_of, requests))
    settings = endpoint.settings(tokens_per_minute=total * 60, concurrency=8)
    make_completer(settings, tmp_path / "a.db", lambda _: None, QUICK)(requests)
    waited = endpoint.arrived_at[-1] - endpoint.arrived_at[0]
    # All tokens but those of the first request, which need not wait, at `total` a second.
    assert 0.8 < waited < 15


def test_an_error_does_not_wait_for_the_next_turn(
    endpoint: Any, requests: list[Request], tmp_path: Path
) -> None:
    endpoint.mood = lambda _n, _body: "401"
    settings = endpoint.settings(requests_per_minute=2, concurrency=8)
    start = time.monotonic()
    with pytest.raises(UsageError, match="does not accept the API key"):
        make_completer(settings, tmp_path / "a.db", lambda _: None, QUICK)(requests)
    assert time.monotonic() - start < 5
    assert endpoint.requests == 1


def test_without_limits_nothing_waits(endpoint: Any, requests: list[Request], tmp_path: Path) -> None:
    settings = endpoint.settings(max_usd=Decimal(1), concurrency=12)
    make_completer(settings, tmp_path / "a.db", lambda _: None, QUICK)(requests)
    assert endpoint.arrived_at[-1] - endpoint.arrived_at[0] < 0.5
