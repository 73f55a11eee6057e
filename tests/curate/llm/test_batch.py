"""The Batch API: half the price, the same cache, and nothing paid twice whatever breaks."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import asker
import pytest
from parrot import request_of

from curate.llm import Answer, HttpCompleter, Price, Request, Unanswered, make_completer
from curate.llm import batch as batches
from curate.llm.batch_store import BatchStore
from curate.llm.traffic import Patience
from schemas.errors import UsageError
from schemas.example import Example

QUICK = Patience(attempts=3, first_wait_s=0.01, longest_wait_s=0.05, first_poll_s=0.01, longest_poll_s=0.05)
HALF = Price(Decimal(3), Decimal(15)).halved
Make = Callable[..., HttpCompleter]


@pytest.fixture
def completer(endpoint: Any, tmp_path: Path) -> Make:
    def make(say: Any = lambda _line: None, **changes: Any) -> HttpCompleter:
        settings = endpoint.settings(**{"batch": True, "price": HALF, **changes})
        return make_completer(settings, tmp_path / "answers.db", say, QUICK)

    return make


@pytest.fixture
def requests(make_example: Callable[..., Example]) -> list[Request]:
    return [request_of(make_example(number), 0) for number in range(30)]


def test_a_batch_answers_everything_for_half_the_price(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    said: list[str] = []
    complete = completer(said.append)
    replies = complete(requests)
    assert all(isinstance(reply, Answer) for reply in replies)
    assert complete.complete
    assert len(endpoint.batches) == 1
    assert Decimal(str(complete.spent_usd)) == endpoint.bill_usd
    assert completer(batch=False, max_usd=Decimal(0))(requests) == replies
    assert "batch batch_0 with 30 requests is sent" in " ".join(said)
    assert "augment: batch batch_0 is completed: 30 of 30 answered" in said


def test_the_users_texts_do_not_stay_at_the_endpoint(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    completer()(requests)
    assert endpoint.files == {}
    assert len(endpoint.removed) == 2


def test_rows_that_failed_or_expired_are_asked_again_by_themselves(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    moods = ("expired", "500", "429", "good", "good")
    endpoint.mood = lambda n, _body: moods[n % 5] if n < 30 else "good"
    complete = completer()
    replies = complete(requests)
    assert all(isinstance(reply, Answer) for reply in replies)
    assert [len(body) for body in _lines(endpoint)] == [30, 18]
    assert set(endpoint.paid.values()) == {1}
    assert Decimal(str(complete.spent_usd)) == endpoint.bill_usd


def _lines(endpoint: Any) -> list[list[Any]]:
    """Requests by batch: each arrives when its batch ends."""
    sizes = [30, len(endpoint.bodies) - 30]
    return [endpoint.bodies[:30], endpoint.bodies[30:]] if sizes[1] else [endpoint.bodies]


def test_an_expired_batch_keeps_what_it_made(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    endpoint.batch_fate = "expired"
    endpoint.mood = lambda n, _body: "good" if n < 10 or n >= 30 else "expired"
    assert all(isinstance(reply, Answer) for reply in completer()(requests))
    assert set(endpoint.paid.values()) == {1}


def test_rows_that_never_work_are_given_up(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    poison, wrong = requests[3].messages[1][1], requests[4].messages[1][1]
    moods = {poison: "500", wrong: "400"}
    endpoint.mood = lambda _n, body: moods.get(body["messages"][1]["content"], "good")
    complete = completer()
    replies = complete(requests)
    assert replies[3] == Unanswered("failed", "HTTP 500: that was a 500")
    assert replies[4] == Unanswered("rejected", "HTTP 400: that was a 400")
    assert len(endpoint.bodies) == 30 + QUICK.attempts - 1
    assert not complete.complete


def test_the_cap_holds_for_batches(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    cap = Decimal("0.03")
    complete = completer(max_usd=cap)
    replies = complete(requests)
    answered = [reply for reply in replies if isinstance(reply, Answer)]
    assert 0 < len(answered) < 30
    assert {r.reason for r in replies if isinstance(r, Unanswered)} == {"budget"}
    assert endpoint.bill_usd == Decimal(str(complete.spent_usd)) <= cap
    # What the worst case held back is spent on a second batch.
    assert len(endpoint.batches) > 1
    assert complete.exhausted


def test_a_refused_batch_is_the_users_to_act_on(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    endpoint.batch_fate = "failed"
    with pytest.raises(UsageError, match="refused batch batch_0: no credit"):
        completer()(requests)


def test_a_batch_refused_for_one_line_goes_without_it(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    endpoint.batch_fate = "blamed"
    replies = completer()(requests)
    assert replies[1] == Unanswered("rejected", "bad line")
    assert sum(isinstance(reply, Answer) for reply in replies) == 29


def test_an_endpoint_without_batches_says_so(endpoint: Any, completer: Make, requests: list[Request]) -> None:
    endpoint.batch_fate = "none"
    with pytest.raises(UsageError, match="has no Batch API") as caught:
        completer()(requests)
    assert "take `batch: true` out of augment" in caught.value.mend


def test_a_line_that_breaks_after_the_batch_was_made_makes_no_second(
    endpoint: Any, completer: Make, requests: list[Request]
) -> None:
    endpoint.batch_fate = "lost"
    assert all(isinstance(reply, Answer) for reply in completer()(requests))
    assert len(endpoint.batches) == 1


def test_many_requests_are_several_batches(
    endpoint: Any, completer: Make, requests: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MAX_LINES", 8)
    assert all(isinstance(reply, Answer) for reply in completer()(requests))
    assert len(endpoint.batches) == 4


def _killed(endpoint: Any, folder: Path, until: Callable[[], bool]) -> None:
    command = [sys.executable, str(asker.__file__), endpoint.url, str(folder / "answers.db"), "batch"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not until():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()


@pytest.mark.parametrize("batch", [True, False], ids=["by batch", "one by one"])
def test_a_killed_process_leaves_its_batch_to_the_next(endpoint: Any, tmp_path: Path, batch: bool) -> None:
    endpoint.batch_polls = 10_000
    _killed(endpoint, tmp_path, lambda: any(b["polls"] for b in endpoint.batches.values()))
    assert endpoint.bodies == []
    endpoint.batch_polls = 0
    said: list[str] = []
    settings = endpoint.settings(batch=batch, price=HALF)
    complete = make_completer(settings, tmp_path / "answers.db", said.append, QUICK)
    assert all(isinstance(reply, Answer) for reply in complete(asker.requests()))
    assert len(endpoint.batches) == 1
    assert set(endpoint.paid.values()) == {1}
    assert complete.requests == 0
    # Paid by the build that sent it, whose cap it stood under.
    assert complete.spent_usd == 0.0
    assert "batch batch_0 was sent before; waiting for it" in " ".join(said)


def test_a_batch_for_which_nobody_asks_any_more_is_not_waited_for(
    endpoint: Any, completer: Make, requests: list[Request], tmp_path: Path
) -> None:
    complete = completer()
    store = BatchStore(tmp_path / "answers.db", endpoint.url)
    store.made(store.begin([complete.key(replace(requests[0], sample=9))]), "batch_of_old")
    store.close()
    assert all(isinstance(reply, Answer) for reply in complete(requests))
    assert list(endpoint.batches) == ["batch_0"]


def test_a_process_that_died_before_the_batch_was_made_asks_anew(
    endpoint: Any, completer: Make, requests: list[Request], tmp_path: Path
) -> None:
    complete = completer()
    store = BatchStore(tmp_path / "answers.db", endpoint.url)
    store.begin([complete.key(request) for request in requests])
    assert all(isinstance(reply, Answer) for reply in complete(requests))
    assert list(endpoint.batches) == ["batch_0"]
    assert store.holding([complete.key(requests[0])]) == []
    store.close()
