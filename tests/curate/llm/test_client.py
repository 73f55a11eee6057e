"""The completer against a real server: answers, faults, money, the cache, and what is never stored."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from parrot import request_of

from curate.llm import Answer, HttpCompleter, Price, Request, Unanswered, make_completer
from curate.llm.traffic import Patience
from schemas.errors import DataError, RecipeError, UsageError
from schemas.example import Example

Make = Callable[..., HttpCompleter]
QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, timeout_s=30.0)
FAULTS = ("500", "503", "html", "broken", "no_choices", "cut", "429")


@pytest.fixture
def completer(endpoint: Any, tmp_path: Path) -> Make:
    def make(patience: Patience = QUICK, say: Any = lambda _line: None, **changes: Any) -> HttpCompleter:
        return make_completer(endpoint.settings(**changes), tmp_path / "answers.db", say, patience)

    return make


@pytest.fixture
def requests(make_example: Callable[..., Example]) -> list[Request]:
    return [request_of(make_example(number), 0) for number in range(60)]


def test_answers_come_in_the_order_of_the_requests(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    endpoint.mood = lambda n, _body: "slow" if n == 0 else "good"
    complete = completer(concurrency=16)
    replies = complete(requests)
    assert [isinstance(r, Answer) for r in replies] == [True] * 60
    assert replies == completer(max_usd=Decimal("0.0"))(requests)
    assert complete.complete
    assert not complete.exhausted
    assert complete.requests == endpoint.requests == 60
    assert Decimal(str(complete.spent_usd)) == endpoint.bill_usd


def test_a_second_build_asks_nothing_and_needs_no_key(
    endpoint: Any, completer: Make, requests: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    first = completer()(requests)
    monkeypatch.delenv("OPENAI_API_KEY")
    again = completer()
    assert again(requests) == first
    assert (again.requests, again.from_cache, again.spent_usd) == (0, 60, 0.0)
    assert endpoint.requests == 60


def test_one_row_changed_is_one_request(
    endpoint: Any, completer: Make, requests: list[Request], make_example: Callable[..., Example]
) -> None:
    completer()(requests)
    completer()([*requests[:-1], request_of(make_example(99), 0)])
    assert endpoint.requests == 61


def test_equal_requests_are_asked_once_and_samples_apart(
    endpoint: Any, completer: Make, make_example: Callable[..., Example]
) -> None:
    request = request_of(make_example(1), 0)
    replies = completer()([request, request, replace(request, sample=1)])
    assert endpoint.requests == 2
    assert all(isinstance(r, Answer) for r in replies)


def test_a_fifth_of_faults_loses_nothing_and_pays_nothing_twice(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    endpoint.mood = lambda n, _body: FAULTS[n // 5 % len(FAULTS)] if n % 5 == 0 else "good"
    complete = completer(concurrency=8)
    replies = complete(requests)
    assert all(isinstance(r, Answer) for r in replies)
    assert complete.complete
    assert len(endpoint.paid) == 60
    assert set(endpoint.paid.values()) == {1}
    assert endpoint.requests > 60
    # What was made and cut off is on the server's bill; the completer counts it at its worst.
    assert Decimal(str(complete.spent_usd)) >= endpoint.bill_usd


def test_the_cap_is_never_passed(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    endpoint.mood = lambda n, _body: "cut" if n % 5 == 0 else "good"
    complete = completer(max_usd=Decimal("0.05"), concurrency=16)
    replies = complete(requests)
    answered = [r for r in replies if isinstance(r, Answer)]
    assert 0 < len(answered) < 60
    assert all(r.reason == "budget" for r in replies if isinstance(r, Unanswered))
    assert endpoint.bill_usd <= Decimal("0.05")
    assert endpoint.bill_usd <= Decimal(str(complete.spent_usd)) <= Decimal("0.05")
    assert complete.exhausted
    assert not complete.complete
    # Less than one worst case is left over: the cap is used, not only kept.
    assert complete.spent_usd > 0.03


def test_a_stopped_build_goes_on_where_it_stopped(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    completer(max_usd=Decimal("0.05"))(requests)
    paid = len(endpoint.paid)
    complete = completer()
    assert all(isinstance(r, Answer) for r in complete(requests))
    assert complete.from_cache == paid
    assert set(endpoint.paid.values()) == {1}


def test_max_usd_0_asks_nothing(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    complete = completer(max_usd=Decimal("0.0"))
    assert set(complete(requests)) == {Unanswered("budget")}
    assert endpoint.requests == 0


def test_free_models_need_no_money(completer: Make, requests: list[Request]) -> None:
    complete = completer(max_usd=Decimal("0.0"), price=Price(Decimal(0), Decimal(0)))
    assert all(isinstance(r, Answer) for r in complete(requests))
    assert complete.spent_usd == 0.0


def test_no_usage_counts_at_its_worst(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    endpoint.mood = lambda _n, _body: "no_usage"
    complete = completer()
    complete(requests)
    assert Decimal(str(complete.spent_usd)) > endpoint.bill_usd


def test_retry_after_holds_for_all(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    endpoint.mood = lambda n, _body: "retry_after" if n == 0 else "good"
    completer(concurrency=1)(requests[:5])
    assert endpoint.requests == 6
    assert endpoint.arrived_at[1] - endpoint.arrived_at[0] >= 0.4


def test_a_wait_until_tomorrow_is_an_error(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    endpoint.mood = lambda n, _body: "tomorrow" if n == 3 else "good"
    complete = completer(concurrency=1)
    with pytest.raises(UsageError, match="asks to wait 3600 s"):
        complete(requests)
    assert endpoint.requests == 4
    assert complete.answered == 3


def test_a_slow_answer_is_given_up_and_asked_again(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    endpoint.mood = lambda n, _body: "stuck" if n == 0 else "good"
    complete = completer(Patience(first_wait_s=0.01, timeout_s=1.5), concurrency=1)
    assert isinstance(complete(requests[:1])[0], Answer)
    assert complete.requests == 2


@pytest.mark.parametrize(
    ("mood", "problem", "mend"),
    [
        ("401", "does not accept the API key", "OPENAI_API_KEY"),
        ("quota", "no quota left", "max_usd: 0"),
        ("403", "that was a 403", "model"),
        ("404", "that was a 404", "model"),
    ],
)
def test_what_no_request_survives_stops_at_once(
    endpoint: Any, completer: Make, requests: list[Request], mood: str, problem: str, mend: str
) -> None:
    endpoint.mood = lambda _n, _body: mood
    with pytest.raises(UsageError) as caught:
        completer(concurrency=4)(requests)
    assert problem in caught.value.problem
    assert mend in caught.value.mend
    assert "\x1b" not in str(caught.value)
    assert endpoint.requests <= 4


def test_answers_on_their_way_are_kept_when_another_request_ends_it(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    endpoint.mood = lambda n, _body: "quota" if n == 3 else "slow"
    complete = completer(concurrency=4)
    with pytest.raises(UsageError, match="no quota left"):
        complete(requests)
    assert complete.answered == 3
    assert completer(max_usd=Decimal("0.0"))(requests).count(Unanswered("budget")) == 57


def test_sustained_failure_opens_the_breaker(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    endpoint.mood = lambda n, _body: "good" if n < 10 else "500"
    with pytest.raises(UsageError, match="30 requests in a row brought no answer; last: HTTP 500"):
        completer(concurrency=4)(requests)
    assert endpoint.requests <= 10 + 30 + 4
    assert sum(isinstance(r, Answer) for r in completer(max_usd=Decimal("0.0"))(requests)) == 10


def test_nobody_there_is_an_error(completer: Make, requests: list[Request]) -> None:
    complete = completer(base_url="http://127.0.0.1:9/v1")
    with pytest.raises(UsageError, match="has not answered once; last: Connection error"):
        complete(requests[:2])
    assert complete.spent_usd == 0.0


def test_a_row_that_always_fails_is_given_up_and_asked_next_time(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    poison = requests[7].messages[1][1]
    endpoint.mood = lambda _n, body: "500" if body["messages"][1]["content"] == poison else "good"
    complete = completer(concurrency=2)
    replies = complete(requests)
    assert [i for i, r in enumerate(replies) if isinstance(r, Unanswered)] == [7]
    assert not complete.complete
    assert endpoint.requests == 59 + QUICK.attempts


def test_a_request_the_endpoint_will_not_take_is_not_repeated(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    endpoint.mood = lambda n, _body: "400" if n == 0 else "good"
    complete = completer(concurrency=1)
    first = complete(requests)[0]
    assert isinstance(first, Unanswered)
    assert first.reason == "rejected"
    assert complete.complete
    assert endpoint.requests == 60


def test_no_key_for_openai_is_an_error_before_any_request(completer: Make, requests: list[Request]) -> None:
    with pytest.raises(UsageError, match="OPENAI_API_KEY is not set"):
        completer(base_url=None)(requests)


def test_the_address_may_come_from_the_environment(
    endpoint: Any, completer: Make, requests: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    assert isinstance(completer(base_url=None)(requests[:1])[0], Answer)


def test_an_address_without_scheme_is_an_error(completer: Make) -> None:
    with pytest.raises(RecipeError, match="is no http address"):
        completer(base_url="localhost:8000/v1")


def test_the_api_key_is_sent_and_stored_nowhere(
    endpoint: Any,
    completer: Make,
    requests: list[Request],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = "sk-proj-5f1c0ffee0123456789"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    endpoint.mood = lambda _n, _body: "echo_key"
    said: list[str] = []
    replies = completer(say=said.append)(requests[:3])
    assert endpoint.headers[0]["authorization"] == f"Bearer {key}"
    assert replies == [Answer("you sent Bearer <API_KEY>", None, "stop")] * 3
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"you sent Bearer" in stored
    assert key.encode() not in stored
    assert key not in " ".join(said)


def test_credentials_in_the_address_take_no_part(
    endpoint: Any, completer: Make, requests: list[Request], tmp_path: Path
) -> None:
    said: list[str] = []
    completer()(requests[:3])
    with_password = endpoint.url.replace("http://", "http://ada:hunter2@") + "/"
    completer(base_url=with_password, say=said.append)(requests[:4])
    assert endpoint.requests == 4
    assert "hunter2" not in " ".join(said)
    assert b"hunter2" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_what_is_asked_and_what_it_may_cost_is_said_first(completer: Make, requests: list[Request]) -> None:
    said: list[str] = []
    completer(say=said.append)(requests)
    assert said[0].startswith("augment: 60 requests to 127.0.0.1:")
    assert "capped at $5.00" in said[0]
    assert said[-1].startswith("augment: 60 requests so far, 60 answers, $0.")


def test_what_is_left_is_said_last(completer: Make, requests: list[Request]) -> None:
    said: list[str] = []
    completer(say=said.append, max_usd=Decimal("0.0"))(requests)
    assert said[-1] == (
        "augment: 0 requests so far, 0 answers, $0.00 spent; 60 left for the next build; max_usd is reached"
    )


def test_works_where_a_loop_is_running(completer: Make, requests: list[Request]) -> None:
    async def notebook() -> list[Any]:
        return completer()(requests[:4])

    assert all(isinstance(r, Answer) for r in asyncio.run(notebook()))


def test_requests_go_side_by_side(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    endpoint.delay_s = 0.2
    start = time.monotonic()
    completer(concurrency=20)(requests)
    assert time.monotonic() - start < 60 * 0.2 / 2


def test_a_damaged_cache_is_an_error_with_a_mend(completer: Make, tmp_path: Path) -> None:
    (tmp_path / "answers.db").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(DataError, match=r"answers\.db: the cache of answers cannot be used"):
        completer()
