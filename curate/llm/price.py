"""What a token costs: the recipe's prices, else the table's, else an error; never a guess.

`prices.yaml` beside this file is a small table of its own, with the date and the source of each figure.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from schemas.errors import RecipeError

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens. `source` says where the figures are from."""

    input: Decimal
    output: Decimal
    source: str = "the recipe"

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        return (input_tokens * self.input + output_tokens * self.output) / _MILLION

    @property
    def halved(self) -> "Price":
        """The price by batches."""
        return Price(self.input / 2, self.output / 2, f"{self.source}; half of it by batches")


def price_of(purpose: str, model: str, given: tuple[float | None, float | None]) -> Price:
    """`given` are the recipe's prices, input and output; None for what it does not say. Raises RecipeError
    where neither it nor the table knows: with a wrong price the cap would be none."""
    if given[0] is not None and given[1] is not None:
        return Price(Decimal(str(given[0])), Decimal(str(given[1])))
    if given == (None, None) and (known := _table().get(model)) is not None:
        return known
    raise RecipeError(
        f"{purpose}: the price of {model!r} is not known, so max_usd cannot be kept",
        "write usd_per_million_input and usd_per_million_output (0 for a local endpoint); "
        f"known are {', '.join(sorted(_table()))}",
    )


@cache
def _table() -> dict[str, Price]:
    text = files("curate.llm").joinpath("prices.yaml").read_text(encoding="utf-8")
    return {
        model: Price(Decimal(row["input"]), Decimal(row["output"]), f"{row['source']}, {row['as_of']}")
        for model, row in YAML(typ="safe", pure=True).load(text).items()
    }
