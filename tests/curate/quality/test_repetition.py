import pytest
from asking import asked
from hypothesis import given
from hypothesis import strategies as st

from curate.quality import repetition as module
from curate.quality.repetition import repetition

LOOP = "I will check the order and call you back. " * 8


@pytest.mark.parametrize(
    "answer",
    [
        LOOP,
        "Thanks for writing in. " + LOOP,
        "the same " * 40,
        "很好" * 40,
        "Of course! " + "no, " * 60,
        "Gerne helfen wir weiter. " + "Bitte warten Sie einen Moment. " * 9,
        "ご注文を確認します。" * 12,
    ],
)
def test_loops_are_seen(answer: str) -> None:
    verdict = asked(repetition, answer)
    assert verdict is not None
    assert verdict.reason == "repetition"


@pytest.mark.parametrize(
    "answer",
    [
        "No, no, no, no, no, no!",
        "\n".join(f"- Size {size} is in stock in our shop in Leeds." for size in range(30, 60)),
        "| 0 | 0 | 0 | 0 |\n" * 20,
        "```\n" + "print(1)\n" * 50 + "```\nThat is all.",
        "<tr><td></td><td></td></tr>" * 30 + " is the table you asked for",
        "Happy birthday to you, happy birthday to you, happy birthday dear Ada, happy birthday to you. " * 2,
        LOOP + " ".join(f"word{i}" for i in range(200)),
    ],
)
def test_other_repetition_passes(answer: str) -> None:
    assert asked(repetition, answer) is None


@given(
    st.integers(1, 20),
    st.integers(3, 9),
    st.lists(st.sampled_from("abcdefghij"), max_size=120),
    st.lists(st.sampled_from("klmnopqrst"), max_size=120),
)
def test_the_quick_look_never_hides_a_loop(
    period: int, repeats: int, before: list[str], after: list[str]
) -> None:
    tokens = [*before, *([f"w{i}" for i in range(period)] * repeats), *after]
    covered = module._longest_loop(tokens)[1]
    if covered >= module.LEAST_WORDS and covered >= module.SHARE * len(tokens):
        assert module._may_loop(tokens)
