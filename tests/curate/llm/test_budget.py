"""Money: exact, reserved at its worst, never above the cap."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from curate.llm import Price, Request
from curate.llm.budget import Budget, estimate, worst_case

PRICE = Price(Decimal("0.15"), Decimal("0.60"))
SCHEMA = {"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]}


def request(text: str = "hello", max_tokens: int = 100) -> Request:
    return Request((("system", "be brief"), ("user", text)), SCHEMA, max_tokens, expected_tokens=30)


def test_cost_is_exact() -> None:
    assert PRICE.cost(1, 1) == Decimal("0.00000075")
    assert PRICE.cost(1_000_000, 2_000_000) == Decimal("1.35")


@given(st.text(max_size=200), st.integers(1, 4000))
def test_the_worst_case_covers_a_token_a_byte(text: str, max_tokens: int) -> None:
    content = "".join(c for c in text if not 0xD800 <= ord(c) <= 0xDFFF)
    most = worst_case(request(content, max_tokens))
    assert most.input_tokens >= len(content.encode()) + len("be brief")
    assert most.output_tokens == max_tokens


def test_the_estimate_lies_below_the_worst_case() -> None:
    guess = estimate([request("x" * 4000)] * 3, PRICE)
    assert guess.requests == 3
    assert guess.output_tokens == 90
    assert 0 < guess.usd < guess.worst_usd


@given(
    st.integers(0, 1000),
    st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), max_size=40),
    st.randoms(use_true_random=False),
)
def test_spent_and_reserved_stay_within_the_cap(
    cap: int, costs: list[tuple[int, float]], order: object
) -> None:
    budget = Budget(Decimal(cap))
    flying: list[tuple[Decimal, Decimal]] = []
    served = Decimal(0)
    for worst, share in costs:
        amount = Decimal(worst)
        if budget.reserve(amount):
            flying.append((amount, Decimal(int(worst * share))))
        if flying and order.random() < 0.5:  # type: ignore[attr-defined]
            reserved, cost = flying.pop(0)
            budget.settle(reserved, cost)
            served += cost
        assert budget.spent + budget.reserved <= cap
    assert budget.spent == served
    assert budget.reserved == sum(worst for worst, _ in flying)
