"""Money: what a request may cost at most, what it did cost, and a cap that is never passed.

Each request reserves its worst case before it leaves and settles by the endpoint's own token counts when it
is answered, so spent plus in flight stays within the cap at every moment. Amounts are exact decimals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from curate.llm.price import Price
from curate.llm.request import Request, Usage
from schemas.canonical import to_json

_BYTES_PER_TOKEN = 4  # of English in today's tokenizers; used for estimates alone
_FRAME_TOKENS = 16  # a chat template's marks around one message, generously


def worst_case(request: Request) -> Usage:
    """No tokenizer makes more than a token of a byte, and the answer ends at `max_tokens`."""
    sent = _bytes_sent(request) + _FRAME_TOKENS * (len(request.messages) + 1)
    return Usage(sent, request.max_tokens)


def expected(request: Request) -> Usage:
    return Usage(_bytes_sent(request) // _BYTES_PER_TOKEN, request.expected_tokens)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Said before the first request: tokens by bytes / 4, and the most it can cost."""

    requests: int
    input_tokens: int
    output_tokens: int
    usd: Decimal
    worst_usd: Decimal


def estimate(requests: Iterable[Request], price: Price) -> Estimate:
    count = sent = made = 0
    worst = Decimal(0)
    for request in requests:
        guess, most = expected(request), worst_case(request)
        count, sent, made = count + 1, sent + guess.input_tokens, made + guess.output_tokens
        worst += price.cost(most.input_tokens, most.output_tokens)
    return Estimate(count, sent, made, price.cost(sent, made), worst)


class Budget:
    """`spent` and `reserved` in US dollars; together never above `cap`, as long as the endpoint keeps
    to `max_tokens`."""

    def __init__(self, cap: Decimal) -> None:
        self.cap = cap
        self.spent = Decimal(0)
        self.reserved = Decimal(0)

    def reserve(self, amount: Decimal) -> bool:
        """Whether there is room for `amount`; if so it is set aside."""
        if self.spent + self.reserved + amount > self.cap:
            return False
        self.reserved += amount
        return True

    def settle(self, reserved: Decimal, cost: Decimal) -> None:
        """Turns a reservation into what it came to; nothing for a request that was never served."""
        self.reserved -= reserved
        self.spent += cost


def _bytes_sent(request: Request) -> int:
    text = "".join(role + content for role, content in request.messages)
    return len(text.encode("utf-8", "surrogatepass")) + len(to_json(request.schema).encode())
