"""Prices: the recipe's, the table's, or an error that says what to write."""

from decimal import Decimal

import pytest

from curate.llm import Price, settings_of
from schemas.errors import RecipeError
from schemas.recipe import Llm


def test_a_model_of_the_table_has_its_price() -> None:
    price = settings_of("augment", Llm(model="gpt-4o-mini")).price
    assert (price.input, price.output) == (Decimal("0.15"), Decimal("0.60"))
    assert price.source == "OpenAI's price list, 2026-05"


def test_the_recipes_price_comes_first() -> None:
    section = Llm(model="gpt-4o-mini", usd_per_million_input=0.1, usd_per_million_output=0)
    assert settings_of("augment", section).price == Price(Decimal("0.1"), Decimal(0))


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "llama3.2", "base_url": "http://localhost:11434/v1"},
        {"usd_per_million_input": 1.0},
        {"usd_per_million_output": 1.0},
    ],
)
def test_a_price_that_is_not_known_is_an_error(fields: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="usd_per_million_input and usd_per_million_output") as caught:
        settings_of("judge", Llm.model_validate(fields))
    assert caught.value.problem.startswith("judge: the price of ")
    assert "gpt-4.1-mini" in caught.value.mend


def test_a_batch_costs_half() -> None:
    price = settings_of("augment", Llm()).price.halved
    assert (price.input, price.output) == (Decimal("0.075"), Decimal("0.30"))
