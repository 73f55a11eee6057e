"""The completer that asks a real endpoint: cache first, then the endpoint for what is not there.

    complete = make_completer(settings, workspace.cache / "answers.db", say)
    replies = complete(requests)

Replies come in the order of the requests, whatever order the answers arrived in: with a full cache the result
depends on nothing else. Ctrl-C waits for what is on its way, so that nothing paid for is lost.
"""

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from curate.llm.account import Account
from curate.llm.batch import BatchPass
from curate.llm.batch_store import BatchStore
from curate.llm.batch_wire import BatchWire
from curate.llm.budget import estimate
from curate.llm.cache import AnswerCache, Endpoint
from curate.llm.live import LivePass
from curate.llm.meter import Meter, Say, usd
from curate.llm.price import Price
from curate.llm.rates import Rates
from curate.llm.rehearsal import Rehearsal
from curate.llm.request import Reply, Request, Unanswered
from curate.llm.running import run
from curate.llm.settings import Settings
from curate.llm.traffic import Patience, Traffic, unreachable
from curate.llm.wire import KEY_VARIABLE, OPENAI_URL
from schemas.errors import RecipeError, UsageError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_NO_KEY = "no-key"  # the SDK wants one; local endpoints do not look at it


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
    counts in full. `exhausted` says that `max_usd` stopped it, and `complete` is False when a later build
    should ask again.
    """

    def __init__(
        self, settings: Settings, endpoint: Endpoint, cache: AnswerCache, say: Say, patience: Patience
    ) -> None:
        self.model = settings.model
        self.from_cache = 0
        self.exhausted = False
        self.complete = True
        self._settings = settings
        self._endpoint = endpoint
        self._account = Account(settings.model, settings.max_usd, settings.price, cache)
        self._say = say
        self._patience = patience

    @property
    def requests(self) -> int:
        """How many left this machine."""
        return self._account.requests

    @property
    def answered(self) -> int:
        return self._account.answered

    @property
    def price(self) -> Price:
        return self._account.price

    @property
    def max_usd(self) -> Decimal:
        return self._account.budget.cap

    @property
    def spent_usd(self) -> float:
        return float(self._account.budget.spent)

    def __call__(self, requests: Sequence[Request]) -> list[Reply]:
        """Raises UsageError when the endpoint cannot be used at all, after the last paid answer is stored."""
        keys = [self.key(request) for request in requests]
        replies: dict[str, Reply] = {}
        asked: dict[str, Request] = {}
        for key, request in zip(keys, requests, strict=True):
            known = replies.get(key) or self._account.cache.get(key)
            if known is None:
                asked[key] = request
            else:
                replies[key] = known
        self.from_cache += len(replies)
        if asked:
            self._announce(asked, len(replies))
            replies |= run(self._ask(asked))
        return [replies[key] for key in keys]

    def key(self, request: Request) -> str:
        """What an answer is kept by; it names the request in dead letters and logs."""
        return self._endpoint.key(request)

    def rehearsal(self) -> Rehearsal:
        """A completer with the same answers at hand that asks nobody."""
        return Rehearsal(self._account, self._endpoint)

    def close(self) -> None:
        self._account.cache.close()

    def _announce(self, asked: dict[str, Request], known: int) -> None:
        guess = estimate(asked.values(), self._account.price)
        self._say(
            f"{self._settings.purpose}: {guess.requests:,} requests to {self._endpoint.host} ({self.model}), "
            f"{known:,} answered before; about {guess.input_tokens:,} tokens in and "
            f"{guess.output_tokens:,} out (4 bytes a token), about {usd(guess.usd)}, "
            f"capped at {usd(self._account.budget.cap)}"
        )

    async def _ask(self, asked: dict[str, Request]) -> dict[str, Reply]:
        from openai import AsyncOpenAI

        settings, account = self._settings, self._account
        traffic = Traffic(settings.purpose, account.budget, self._patience, settings.concurrency, self._say)
        replies: dict[str, Reply] = {}
        client = AsyncOpenAI(
            api_key=self._api_key(),
            base_url=self._endpoint.base_url,
            max_retries=0,
            timeout=self._patience.timeout_s,
        )
        with Meter(settings.purpose, self._say, len(asked), account.budget) as meter:
            try:
                async with client:
                    await self._by_batch(client, asked, replies, traffic, meter)
                    left = {key: request for key, request in asked.items() if key not in replies}
                    if left:
                        await self._live(client, left, replies, traffic, meter)
            finally:
                self._conclude(traffic, len(asked), replies)
        self._check(traffic, replies)
        return replies

    async def _by_batch(
        self,
        client: "AsyncOpenAI",
        asked: Mapping[str, Request],
        replies: dict[str, Reply],
        traffic: Traffic,
        meter: Meter,
    ) -> None:
        """What was sent by batch before is paid for, and so is waited for however this build asks."""
        store = BatchStore(self._account.cache.path, self._endpoint.address)
        try:
            if not self._settings.batch and not store.holding(asked):
                return
            wire = BatchWire(client, self._endpoint, traffic)
            going = BatchPass(self._account, wire, store, traffic, meter, self._say, replies)
            await going.adopt(asked)
            if self._settings.batch:
                await going.ask(asked)
                traffic.exhausted |= going.exhausted
        finally:
            store.close()

    async def _live(
        self,
        client: "AsyncOpenAI",
        asked: Mapping[str, Request],
        replies: dict[str, Reply],
        traffic: Traffic,
        meter: Meter,
    ) -> None:
        settings = self._settings
        rates = Rates(settings.requests_per_minute, settings.tokens_per_minute, asked.values())
        going = LivePass(self._account, self._endpoint, traffic, rates, meter, replies)
        await going.ask(client, asked, settings.concurrency)

    def _conclude(self, traffic: Traffic, asked: int, replies: dict[str, Reply]) -> None:
        self.exhausted |= traffic.exhausted
        closed = sum(not isinstance(r, Unanswered) or r.reason == "rejected" for r in replies.values())
        self.complete &= closed == asked
        self._say(
            f"{self._settings.purpose}: {self.requests:,} requests so far, {self.answered:,} answers, "
            f"{usd(self._account.budget.spent)} spent"
            + (f"; {asked - closed:,} left for the next build" if asked > closed else "")
            + ("; max_usd is reached" if self.exhausted else "")
        )

    def _check(self, traffic: Traffic, replies: dict[str, Reply]) -> None:
        if traffic.error:
            raise traffic.error
        failed = [r for r in replies.values() if isinstance(r, Unanswered) and r.reason == "failed"]
        if failed and not self.answered and not self.from_cache:
            what = "the endpoint has not answered once"
            raise unreachable(self._settings.purpose, what, failed[-1].words)

    def _api_key(self) -> str:
        key = os.environ.get(KEY_VARIABLE)
        if not key and self._endpoint.base_url == OPENAI_URL:
            purpose = self._settings.purpose
            raise UsageError(
                f"{purpose}: {KEY_VARIABLE} is not set, and {self._endpoint.host} wants an API key",
                f"export {KEY_VARIABLE}=…, or name a local endpoint: `base_url: http://localhost:8000/v1`",
            )
        return key or _NO_KEY
