"""What the passes of one completer share: its money, the answers it keeps, and what it counts."""

from decimal import Decimal

from curate.llm.budget import Budget, worst_case
from curate.llm.cache import AnswerCache
from curate.llm.price import Price
from curate.llm.request import Answer, Request, Usage


class Account:
    """`requests` counts what left this machine, `answered` what came back and is on disk, and `answered_usd`
    what that cost by the endpoint's own counts."""

    def __init__(self, model: str, cap: Decimal, price: Price, cache: AnswerCache) -> None:
        self.model = model
        self.budget = Budget(cap)
        self.price = price
        self.cache = cache
        self.requests = 0
        self.answered = 0
        self.answered_usd = Decimal(0)

    def worst(self, request: Request) -> Decimal:
        """The most that a request can cost, in US dollars."""
        return self._usd(worst_case(request))

    def keep(self, key: str, answer: Answer, usage: Usage | None) -> Decimal | None:
        """Stores an answer before anyone sees it. What it cost, or None where the endpoint does not say."""
        self.cache.put(key, self.model, answer, usage)
        self.answered += 1
        if usage is None:
            return None
        cost = self._usd(usage)
        self.answered_usd += cost
        return cost

    def _usd(self, usage: Usage) -> Decimal:
        return self.price.cost(usage.input_tokens, usage.output_tokens)
