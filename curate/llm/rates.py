"""Requests and tokens a minute: leaky buckets that let requests through evenly, never in a burst.

Endpoints enforce a minute's limit over shorter spans, too: OpenAI's documentation says that 60,000 a minute
may be enforced as 1,000 a second. So a bucket holds no more than one request.
"""

from collections.abc import Iterable

from aiolimiter import AsyncLimiter

from curate.llm.budget import expected
from curate.llm.request import Request

_MINUTE_S = 60.0


class Rates:
    """Limits of one pass, for one event loop. None is no limit."""

    def __init__(
        self, requests_per_minute: int | None, tokens_per_minute: int | None, requests: Iterable[Request]
    ) -> None:
        self._requests = (
            AsyncLimiter(1, _MINUTE_S / requests_per_minute) if requests_per_minute is not None else None
        )
        self._tokens = None
        if tokens_per_minute is not None:
            largest = max(map(tokens_of, requests), default=1)
            self._tokens = AsyncLimiter(largest, largest * _MINUTE_S / tokens_per_minute)

    @property
    def limited(self) -> bool:
        return self._requests is not None or self._tokens is not None

    async def wait(self, request: Request) -> None:
        """Until one more request may leave."""
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None:
            await self._tokens.acquire(tokens_of(request))


def tokens_of(request: Request) -> int:
    """What an endpoint counts against its limit before it knows the answer: `max_tokens` in full."""
    return max(1, expected(request).input_tokens + request.max_tokens)
