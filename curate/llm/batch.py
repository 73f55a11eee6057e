"""Asking by batches, for half the price: sent, waited for, fetched into the same cache as single answers.

A batch's name is on disk before anyone waits: a process that is killed, or stopped by Ctrl-C, leaves the
batch to the endpoint, and the next one fetches it. Rows that expired or failed go into the next batch by
themselves.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from curate.llm.account import Account
from curate.llm.batch_store import BatchStore, Sent
from curate.llm.batch_wire import MAX_BYTES, MAX_LINES, BatchWire
from curate.llm.meter import Meter, Say, usd
from curate.llm.request import Reply, Request, Unanswered
from curate.llm.traffic import Traffic
from curate.llm.wire import Fault
from schemas.errors import UsageError

if TYPE_CHECKING:
    from openai.types import Batch

_ENDED = {"completed", "expired", "cancelled", "failed"}


class BatchPass:
    """`replies` fill up as batches end. Money is set aside for all of a batch and settled row by row."""

    def __init__(
        self,
        account: Account,
        wire: BatchWire,
        store: BatchStore,
        traffic: Traffic,
        meter: Meter,
        say: Say,
        replies: dict[str, Reply],
    ) -> None:
        self.replies = replies
        self.exhausted = False
        self._account = account
        self._wire = wire
        self._store = store
        self._traffic = traffic
        self._meter = meter
        self._say = say
        self._asked: Collection[str] = ()
        self._tries: Counter[str] = Counter()
        self._faults: dict[str, Fault] = {}

    async def adopt(self, asked: Collection[str]) -> None:
        """Fetches batches that an earlier process sent and that hold any of these requests. They were paid
        for then: this build's money is not touched."""
        self._asked = asked
        for sent in self._store.holding(asked):
            known = sent
            if known.batch_id is None:
                found = await self._wire.find(sent.token)
                if found is None:
                    self._store.forget(sent)
                    continue
                known = self._store.made(sent, found.id)
            self._say(f"{self._traffic.purpose}: batch {known.batch_id} was sent before; waiting for it")
            await self._collect(known, {}, paid_before=True)

    async def ask(self, asked: Mapping[str, Request]) -> None:
        """Until each request has its reply: rows that failed go into another batch as often as `Patience`
        says. Raises UsageError."""
        self._asked = asked
        waiting = {key: request for key, request in asked.items() if key not in self.replies}
        while waiting:
            reserved = self._affordable(waiting)
            if not reserved:
                self.exhausted = True
                self.replies |= {key: Unanswered("budget") for key in waiting}
                return
            sent = [await self._send(part, waiting) for part in self._parts(reserved, waiting)]
            for batch in sent:
                await self._collect(batch, {key: reserved[key] for key in batch.keys})
            for key in reserved:
                self._give_up(key)
            waiting = {key: request for key, request in waiting.items() if key not in self.replies}

    def _affordable(self, waiting: Mapping[str, Request]) -> dict[str, Decimal]:
        """What may be sent now, with the most that each can cost, set aside."""
        chosen: dict[str, Decimal] = {}
        for key, request in waiting.items():
            worst = self._account.worst(request)
            if self._account.budget.reserve(worst):
                chosen[key] = worst
        return chosen

    def _parts(self, keys: Collection[str], requests: Mapping[str, Request]) -> list[list[str]]:
        """So many and so large as a batch may be."""
        parts: list[list[str]] = []
        size = MAX_BYTES
        for key in keys:
            line = len(self._wire.line(key, requests[key]))
            if size + line > MAX_BYTES or len(parts[-1]) == MAX_LINES:
                parts.append([])
                size = 0
            parts[-1].append(key)
            size += line
        return parts

    async def _send(self, keys: list[str], requests: Mapping[str, Request]) -> Sent:
        sent = self._store.begin(keys)
        try:
            file_id = await self._wire.upload(self._wire.line(key, requests[key]) for key in keys)
            batch = await self._wire.make(file_id, sent.token)
        except UsageError:
            self._store.forget(sent)
            raise
        self._account.requests += len(keys)
        made = self._store.made(sent, batch.id)
        self._say(
            f"{self._traffic.purpose}: batch {batch.id} with {len(keys):,} requests is sent, done within a "
            "day. Ctrl-C leaves it to the endpoint; the same command fetches it later"
        )
        return made

    async def _collect(
        self, sent: Sent, reserved: Mapping[str, Decimal], *, paid_before: bool = False
    ) -> None:
        """Waits for the end of a batch and keeps its answers."""
        assert sent.batch_id is not None
        batch = await self._ended(sent.batch_id, len(sent.keys))
        ours = frozenset(sent.keys)
        open_money = dict(reserved)
        answered = 0
        before = self._account.answered_usd
        for key, row in await self._wire.rows(batch):
            if key not in ours:
                continue
            worst = open_money.pop(key, Decimal(0))
            if isinstance(row, Fault):
                self._faults[key] = row
                self._account.budget.settle(worst, worst if row.maybe_billed else Decimal(0))
                continue
            answer, usage = row
            cost = self._account.keep(key, answer, usage)
            answered += 1
            if key in self._asked:
                self.replies[key] = answer
            if not paid_before:
                self._account.budget.settle(worst, worst if cost is None else cost)
        for worst in open_money.values():
            self._account.budget.settle(worst, Decimal(0))
        self._store.forget(sent)
        await self._wire.remove(batch)
        paid = f", {usd(self._account.answered_usd - before)} paid by the build that sent it"
        self._say(
            f"{self._traffic.purpose}: batch {sent.batch_id} is {batch.status}: {answered:,} of "
            f"{len(sent.keys):,} answered{paid if paid_before else ''}"
        )
        self._check(batch, sent)

    async def _ended(self, batch_id: str, total: int) -> "Batch":
        wait_s = self._traffic.patience.first_poll_s
        while True:
            batch = await self._wire.state(batch_id)
            if batch.status in _ENDED:
                return batch
            counts = batch.request_counts
            done = counts.completed if counts else 0
            self._meter.tell(len(self.replies) + done, total - done)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, self._traffic.patience.longest_poll_s)

    def _check(self, batch: "Batch", sent: Sent) -> None:
        """A batch that was refused as a whole: the rows that are named are to blame, else the endpoint's
        words are the user's to act on."""
        if batch.status != "failed":
            return
        errors = (batch.errors.data if batch.errors else None) or []
        blamed = {e.line: e.message or e.code or "invalid" for e in errors if e.line}
        if not blamed:
            words = "; ".join(e.message or e.code or "" for e in errors) or "no reason given"
            raise UsageError(
                f"{self._traffic.purpose}: the endpoint refused batch {batch.id}: {words}",
                f"mend that, or take `batch: true` out of {self._traffic.purpose} to ask row by row",
            )
        for line, words in blamed.items():
            if 1 <= line <= len(sent.keys):
                self._faults[sent.keys[line - 1]] = Fault(words, retry=False)

    def _give_up(self, key: str) -> None:
        """A row that has failed for good, or often enough, has its reply."""
        if key in self.replies:
            return
        self._tries[key] += 1
        fault = self._faults.get(key) or Fault("the batch ended without it", retry=True)
        if not fault.retry:
            self.replies[key] = Unanswered("rejected", fault.words)
        elif self._tries[key] >= self._traffic.patience.attempts:
            self.replies[key] = Unanswered("failed", fault.words)
