"""What the workers of one pass share: room in the budget, pauses the endpoint asks for, failures in a row."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from curate.llm.budget import Budget
from curate.llm.wire import Fault
from schemas.errors import SiftuneError, UsageError


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to bear with an endpoint. Waits double from `first_wait_s`, less a random part of up to a half
    so that requests which failed together do not come back together. `wind_up_s` is how long answers on their
    way are waited for after Ctrl-C; batches are asked after at intervals that double from `first_poll_s`."""

    attempts: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    longest_retry_after_s: float = 120.0
    timeout_s: float = 120.0
    faults_in_a_row: int = 30
    wind_up_s: float = 30.0
    first_poll_s: float = 2.0
    longest_poll_s: float = 60.0

    def wait_s(self, attempt: int) -> float:
        """Seconds before attempt `attempt` + 1, counting from 0."""
        return min(self.longest_wait_s, self.first_wait_s * 2.0**attempt) * random.uniform(0.5, 1.0)


class Reservation:
    """Money set aside for one request on its way; `cost` is what it comes to when it is back."""

    def __init__(self, worst: Decimal) -> None:
        self.cost = worst


class Traffic:
    """Made for one pass and one event loop. `stopped` holds the error that ends the pass: requests on
    their way are waited for, since they will be paid, and no new one leaves."""

    def __init__(
        self,
        purpose: str,
        budget: Budget,
        patience: Patience,
        concurrency: int,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.purpose = purpose
        self.budget = budget
        self.patience = patience
        self.exhausted = False
        self.flying = 0
        self.error: SiftuneError | None = None
        self._say = say
        self._fault_limit = max(patience.faults_in_a_row, 4 * concurrency)
        self._faults_in_a_row = 0
        self._settled = asyncio.Condition()
        self._stop = asyncio.Event()
        self._resume_at = 0.0

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def stop(self, error: SiftuneError | None) -> None:
        self.error = self.error or error
        self._stop.set()

    @asynccontextmanager
    async def admit(self, worst: Decimal) -> AsyncIterator[Reservation | None]:
        """Room for a request that costs `worst` at most, or None once there is none.

        Where requests on their way hold the money, waits for them to settle: they mostly cost less."""
        if not await self._reserve(worst):
            yield None
            return
        reservation = Reservation(worst)
        self.flying += 1
        try:
            yield reservation
        finally:
            self.flying -= 1
            async with self._settled:
                self.budget.settle(worst, reservation.cost)
                self._settled.notify_all()

    async def _reserve(self, worst: Decimal) -> bool:
        async with self._settled:
            while not self.exhausted:
                if self.budget.reserve(worst):
                    return True
                if self.budget.reserved:
                    await self._settled.wait()
                else:
                    self.exhausted = True
                    self._settled.notify_all()
            return False

    def answered(self) -> None:
        self._faults_in_a_row = 0

    def failed(self, fault: Fault) -> None:
        """Notes a fault and the pause it asks for; stops everything after too many in a row."""
        self._faults_in_a_row += 1
        if self._faults_in_a_row >= self._fault_limit:
            what = f"{self._faults_in_a_row} requests in a row brought no answer"
            self.stop(unreachable(self.purpose, what, fault.words))
        if fault.wait_s is None:
            return
        if fault.wait_s > self.patience.longest_retry_after_s:
            what = f"the endpoint asks to wait {fault.wait_s:.0f} s"
            self.stop(unreachable(self.purpose, what, fault.words))
        now = asyncio.get_running_loop().time()
        self._resume_at = max(self._resume_at, now + fault.wait_s)

    async def back_off(self, attempt: int) -> None:
        await self._sleep(self.patience.wait_s(attempt))

    async def clear(self) -> None:
        """Waits until no pause is in force: a Retry-After holds for every worker, not just the one told."""
        loop = asyncio.get_running_loop()
        while not self.stopped and (left := self._resume_at - loop.time()) > 0:
            await self._sleep(left)

    async def wind_up(self, workers: Sequence[asyncio.Task[None]]) -> None:
        """Until every worker has ended, of itself or after `wind_up_s`: nothing new leaves."""
        if self.flying and any(not worker.done() for worker in workers):
            self._say(
                f"{self.purpose}: waiting up to {self.patience.wind_up_s:g} s for {self.flying:,} answers on "
                "their way, which are paid for"
            )
        await asyncio.wait(workers, timeout=self.patience.wind_up_s)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Until `work` is done or the pass is to stop."""
        waiting = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            stopping.cancel()

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return


def unreachable(purpose: str, what: str, last: str) -> UsageError:
    return UsageError(
        f"{purpose}: {what}; last: {last}",
        "check `base_url` and the endpoint, then run again: answers already paid for are kept, "
        "and `max_usd: 0` builds with those alone",
    )
