"""A completer that asks nobody: what a build would ask, at what cost, and what it has answers for already."""

from collections.abc import Sequence

from curate.llm.account import Account
from curate.llm.budget import Estimate, estimate
from curate.llm.cache import Endpoint
from curate.llm.request import Reply, Request, Unanswered


class Rehearsal:
    """Answers from the cache. `known` counts those, `missing` holds the requests that would be sent."""

    def __init__(self, account: Account, endpoint: Endpoint) -> None:
        self.model = account.model
        self.known = 0
        self.missing: dict[str, Request] = {}
        self._account = account
        self._endpoint = endpoint

    def __call__(self, requests: Sequence[Request]) -> list[Reply]:
        return [self._reply(request) for request in requests]

    def key(self, request: Request) -> str:
        return self._endpoint.key(request)

    def estimate(self) -> Estimate:
        return estimate(self.missing.values(), self._account.price)

    def _reply(self, request: Request) -> Reply:
        key = self.key(request)
        answer = self._account.cache.get(key)
        if answer is None:
            self.missing[key] = request
            return Unanswered("unasked")
        self.known += 1
        return answer
