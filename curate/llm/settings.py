"""Who is asked, how fast and for how much: what a completer needs to know."""

from dataclasses import dataclass
from decimal import Decimal

from curate.llm.price import Price, price_of
from schemas.recipe import Llm


@dataclass(frozen=True, slots=True)
class Settings:
    """`purpose` is the recipe's key, such as `augment`, with which errors and words on screen begin. A
    temperature of None is left to the endpoint. `max_usd` caps what one completer spends; limits a minute are
    None where there are none. With `batch`, requests go by the Batch API, and `price` is that of batches."""

    purpose: str
    model: str
    price: Price
    max_usd: Decimal
    base_url: str | None = None
    temperature: float | None = 0.0
    concurrency: int = 8
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    batch: bool = False


def settings_of(purpose: str, section: Llm) -> Settings:
    """The settings that a section of the recipe asks for. Raises RecipeError where the model's price is not
    known."""
    given = (section.usd_per_million_input, section.usd_per_million_output)
    price = price_of(purpose, section.model, given)
    return Settings(
        purpose=purpose,
        model=section.model,
        price=price.halved if section.batch else price,
        max_usd=Decimal(str(section.max_usd)),
        base_url=section.base_url,
        temperature=section.temperature,
        concurrency=section.concurrency,
        requests_per_minute=section.requests_per_minute,
        tokens_per_minute=section.tokens_per_minute,
        batch=section.batch,
    )
