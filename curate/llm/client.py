"""The completer that asks a real endpoint: cache first, then at most `concurrency` requests at a time, each
within the budget, repeated with patience where repeating helps.

    complete = make_completer(settings, workspace.cache / "answers.db", say)
    replies = complete(requests)

Replies come in the order of the requests, whatever order the answers arrived in: with a full cache the result
depends on nothing else.
"""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from curate.llm.budget import Budget, estimate, worst_case
from curate.llm.cache import AnswerCache, Endpoint
from curate.llm.request import Answer, Reply, Request, Unanswered, Usage
from curate.llm.settings import Settings
from curate.llm.traffic import Patience, Traffic, unreachable
from curate.llm.wire import KEY_VARIABLE, OPENAI_URL, Fault, ask
from schemas.errors import RecipeError, SiftuneError, UsageError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_NO_KEY = "no-key"  # the SDK wants one; local endpoints do not look at it
_SAY_EVERY_S = 10.0
_T = TypeVar("_T")

Say = Callable[[str], None]


def make_completer(
    settings: Settings, cache_path: Path, say: Say, patience: Patience | None = None
) -> "HttpCompleter":
    """A completer for one endpoint. The API key comes from OPENAI_API_KEY; the address from
    `base_url`, else from OPENAI_BASE_URL, else it is OpenAI's. Raises RecipeError, DataError."""
    base_url = settings.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
    if not base_url.startswith(("http://", "https://")):
        raise RecipeError(
            f"{settings.purpose}: base_url {base_url!r} is no http address",
            "write it whole, such as http://localhost:8000/v1",
        )
    endpoint = Endpoint(base_url.rstrip("/"), settings.model, settings.temperature, settings.purpose)
    return HttpCompleter(settings, endpoint, AnswerCache(cache_path), say, patience or Patience())


class HttpCompleter:
    """One build's way to the endpoint. Several calls share one budget.

    `spent_usd` is what this build cost at most: a request that may have been served before its line was cut
    counts in full. `requests` counts what left this machine, `exhausted` says that `max_usd` stopped it, and
    `complete` is False when a later build should ask again.
    """

    def __init__(
        self, settings: Settings, endpoint: Endpoint, cache: AnswerCache, say: Say, patience: Patience
    ) -> None:
        self.model = settings.model
        self._purpose = settings.purpose
        self.requests = 0
        self.answered = 0
        self.from_cache = 0
        self.exhausted = False
        self.complete = True
        self._endpoint = endpoint
        self._cache = cache
        self._say = say
        self._patience = patience
        self._concurrency = settings.concurrency
        self._price = settings.price
        self._budget = Budget(settings.max_usd)

    @property
    def spent_usd(self) -> float:
        return float(self._budget.spent)

    def __call__(self, requests: Sequence[Request]) -> list[Reply]:
        """Raises UsageError when the endpoint cannot be used at all, after the last paid answer is stored."""
        keys = [self._endpoint.key(request) for request in requests]
        replies: dict[str, Reply] = {}
        asked: dict[str, Request] = {}
        for key, request in zip(keys, requests, strict=True):
            known = replies.get(key) or self._cache.get(key)
            if known is None:
                asked[key] = request
            else:
                replies[key] = known
        self.from_cache += len(replies)
        if asked:
            self._announce(asked, len(replies))
            replies |= _run(self._ask_all(asked))
        return [replies[key] for key in keys]

    def close(self) -> None:
        self._cache.close()

    def _announce(self, asked: dict[str, Request], known: int) -> None:
        guess = estimate(asked.values(), self._price)
        self._say(
            f"{self._purpose}: {guess.requests:,} requests to {self._endpoint.host} ({self.model}), "
            f"{known:,} answered before; about {guess.input_tokens:,} tokens in and "
            f"{guess.output_tokens:,} out (4 bytes a token), about {_usd(guess.usd)}, "
            f"capped at {_usd(self._budget.cap)}"
        )

    async def _ask_all(self, asked: dict[str, Request]) -> dict[str, Reply]:
        from openai import AsyncOpenAI

        traffic = Traffic(self._purpose, self._budget, self._patience, self._concurrency)
        replies: dict[str, Reply] = {}
        waiting = iter(asked.items())
        progress = _Progress(self._purpose, self._say, len(asked))
        async with (
            AsyncOpenAI(
                api_key=self._api_key(),
                base_url=self._endpoint.base_url,
                max_retries=0,
                timeout=self._patience.timeout_s,
            ) as client,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(min(self._concurrency, len(asked))):
                group.create_task(self._work(client, traffic, waiting, replies, progress))
        self._conclude(traffic, replies)
        return replies

    async def _work(
        self,
        client: "AsyncOpenAI",
        traffic: Traffic,
        waiting: Iterator[tuple[str, Request]],
        replies: dict[str, Reply],
        progress: "_Progress",
    ) -> None:
        for key, request in waiting:
            try:
                replies[key] = await self._reply(client, traffic, key, request)
            except SiftuneError as error:
                traffic.stop(error)
                return
            progress.tell(len(replies), self._budget.spent)

    async def _reply(self, client: "AsyncOpenAI", traffic: Traffic, key: str, request: Request) -> Reply:
        worst = self._usd_of(worst_case(request))
        fault = Fault("not asked", retry=True)
        for attempt in range(self._patience.attempts):
            if attempt:
                await traffic.back_off(attempt - 1)
            await traffic.clear()
            if traffic.stopped:
                break
            async with traffic.admit(worst) as reservation:
                if reservation is None:
                    return Unanswered("budget")
                if traffic.stopped:
                    reservation.cost = Decimal(0)
                    break
                try:
                    answer, reservation.cost = await self._exchange(client, key, request, worst)
                except Fault as caught:
                    fault = caught
                    reservation.cost = worst if fault.maybe_billed else Decimal(0)
                    traffic.failed(fault)
                except UsageError:
                    reservation.cost = Decimal(0)
                    raise
                else:
                    traffic.answered()
                    return answer
            if not fault.retry:
                return Unanswered("rejected", fault.words)
        return Unanswered("failed", fault.words)

    async def _exchange(
        self, client: "AsyncOpenAI", key: str, request: Request, worst: Decimal
    ) -> tuple[Answer, Decimal]:
        """One request; its answer is in the cache before anyone sees it. Returns it with its cost."""
        self.requests += 1
        try:
            async with asyncio.timeout(self._patience.timeout_s):
                answer, usage = await ask(client, self._endpoint, request)
        except TimeoutError:
            words = f"no answer within {self._patience.timeout_s:g} s"
            raise Fault(words, retry=True, maybe_billed=True) from None
        self._cache.put(key, self.model, answer, usage)
        self.answered += 1
        return answer, worst if usage is None else self._usd_of(usage)

    def _usd_of(self, usage: Usage) -> Decimal:
        return self._price.cost(usage.input_tokens, usage.output_tokens)

    def _conclude(self, traffic: Traffic, replies: dict[str, Reply]) -> None:
        self.exhausted |= traffic.exhausted
        open_ends = [r for r in replies.values() if isinstance(r, Unanswered) and r.reason != "rejected"]
        self.complete &= not open_ends
        self._say(
            f"{self._purpose}: {self.requests:,} requests so far, {self.answered:,} answers, "
            f"{_usd(self._budget.spent)} spent"
            + (f"; {len(open_ends):,} left for the next build" if open_ends else "")
            + ("; max_usd is reached" if self.exhausted else "")
        )
        if traffic.error:
            raise traffic.error
        failed = [r for r in open_ends if r.reason == "failed"]
        if failed and not self.answered and not self.from_cache:
            raise unreachable(self._purpose, "the endpoint has not answered once", failed[-1].words)

    def _api_key(self) -> str:
        key = os.environ.get(KEY_VARIABLE)
        if not key and self._endpoint.base_url == OPENAI_URL:
            raise UsageError(
                f"{self._purpose}: {KEY_VARIABLE} is not set, and {self._endpoint.host} wants an API key",
                f"export {KEY_VARIABLE}=…, or name a local endpoint: `base_url: http://localhost:8000/v1`",
            )
        return key or _NO_KEY


class _Progress:
    """A line every few seconds while answers come in."""

    def __init__(self, purpose: str, say: Say, total: int) -> None:
        self._purpose = purpose
        self._say = say
        self._total = total
        self._start = self._last = time.monotonic()

    def tell(self, done: int, spent: Decimal) -> None:
        now = time.monotonic()
        if now - self._last < _SAY_EVERY_S:
            return
        self._last = now
        rate = done / (now - self._start)
        self._say(f"{self._purpose}: {done:,} of {self._total:,} done, {rate:.1f}/s, {_usd(spent)} spent")


def _usd(amount: Decimal) -> str:
    return f"${amount:.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


def _run(work: Coroutine[None, None, _T]) -> _T:
    """Runs a coroutine to its end, also where a loop is running already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
