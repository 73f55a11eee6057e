"""Money: what a request may cost at most, what it did cost, and a cap that is never passed.

Each request reserves its worst case before it leaves and settles by the endpoint's own token counts when it
is answered, so spent plus in flight stays within the cap at every moment. Amounts are exact decimals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from curate.augment.request import Request, Usage
from schemas.canonical import to_json
from schemas.errors import RecipeError
from schemas.recipe import Augment

_MILLION = Decimal(1_000_000)
_BYTES_PER_TOKEN = 4  # of English in today's tokenizers; used for estimates alone
_FRAME_TOKENS = 16  # a chat template's marks around one message, generously
_PRICES = ("usd_per_million_input", "usd_per_million_output")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal

    @classmethod
    def of(cls, settings: Augment) -> "Price":
        """The recipe's price. The default is one model's: another model must bring its own, or the cap
        would count with a stranger's money. Raises RecipeError."""
        priced = [name for name in _PRICES if name in settings.model_fields_set]
        default_model = Augment.model_fields["model"].default
        if len(priced) == 1 or (not priced and settings.model != default_model):
            raise RecipeError(
                f"augment: the price of {settings.model!r} is not known, so max_usd cannot be kept",
                f"write {' and '.join(_PRICES)} (0 for a local endpoint)",
            )
        return cls(
            Decimal(str(settings.usd_per_million_input)), Decimal(str(settings.usd_per_million_output))
        )

    def cost(self, usage: Usage) -> Decimal:
        return (usage.input_tokens * self.input + usage.output_tokens * self.output) / _MILLION

    def worst_case(self, request: Request) -> Decimal:
        """No tokenizer makes more than a token of a byte, and the answer ends at `max_tokens`."""
        sent = _bytes_sent(request) + _FRAME_TOKENS * (len(request.messages) + 1)
        return self.cost(Usage(sent, request.max_tokens))


@dataclass(frozen=True, slots=True)
class Estimate:
    """Said before the first request: tokens by bytes / 4, and the most it can cost."""

    requests: int
    input_tokens: int
    output_tokens: int
    usd: Decimal
    worst_usd: Decimal


def estimate(requests: Iterable[Request], price: Price) -> Estimate:
    asked = list(requests)
    usage = Usage(
        sum(_bytes_sent(r) // _BYTES_PER_TOKEN for r in asked), sum(r.expected_tokens for r in asked)
    )
    worst = sum((price.worst_case(r) for r in asked), Decimal(0))
    return Estimate(len(asked), usage.input_tokens, usage.output_tokens, price.cost(usage), worst)


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
    return len(text.encode("utf-8", "surrogatepass")) + len(to_json(request.schema))
