"""One pass over requests, each by itself: so many at a time, within the budget and the endpoint's limits,
repeated with patience where repeating helps."""

import asyncio
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from curate.llm.account import Account
from curate.llm.cache import Endpoint
from curate.llm.meter import Meter
from curate.llm.rates import Rates
from curate.llm.request import Answer, Reply, Request, Unanswered
from curate.llm.traffic import Traffic
from curate.llm.wire import Fault, ask
from schemas.errors import SiftuneError, UsageError

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class LivePass:
    """`replies` fill up in no order. An error that ends the pass stands in `traffic.error`."""

    def __init__(
        self,
        account: Account,
        endpoint: Endpoint,
        traffic: Traffic,
        rates: Rates,
        meter: Meter,
        replies: dict[str, Reply],
    ) -> None:
        self.replies = replies
        self._account = account
        self._endpoint = endpoint
        self._traffic = traffic
        self._rates = rates
        self._meter = meter

    async def ask(self, client: "AsyncOpenAI", asked: Mapping[str, Request], concurrency: int) -> None:
        """Cancelled, it lets no new request leave and waits for those on their way as long as `Patience`
        says: they are paid for."""
        waiting = iter(asked.items())
        workers = [
            asyncio.create_task(self._work(client, waiting)) for _ in range(min(concurrency, len(asked)))
        ]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self._traffic.stop(None)
            await self._traffic.wind_up(workers)
        for worker in workers:
            worker.result()

    async def _work(self, client: "AsyncOpenAI", waiting: Iterator[tuple[str, Request]]) -> None:
        for key, request in waiting:
            try:
                self.replies[key] = await self._reply(client, key, request)
            except SiftuneError as error:
                self._traffic.stop(error)
                return
            if self._traffic.stopped:
                return
            self._meter.tell(len(self.replies), self._traffic.flying)

    async def _reply(self, client: "AsyncOpenAI", key: str, request: Request) -> Reply:
        traffic = self._traffic
        worst = self._account.worst(request)
        fault = Fault("not asked", retry=True)
        for attempt in range(traffic.patience.attempts):
            if attempt:
                await traffic.back_off(attempt - 1)
            if self._rates.limited:
                await traffic.unless_stopped(self._rates.wait(request))
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
        self._account.requests += 1
        timeout_s = self._traffic.patience.timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                answer, usage = await ask(client, self._endpoint, request)
        except TimeoutError:
            raise Fault(f"no answer within {timeout_s:g} s", retry=True, maybe_billed=True) from None
        cost = self._account.keep(key, answer, usage)
        return answer, worst if cost is None else cost
