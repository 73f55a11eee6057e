"""empty_answer, too_short, too_long."""

import pytest
from asking import asked, conversation

from curate.quality.empty_answer import empty_answer
from curate.quality.too_long import estimate, too_long
from curate.quality.too_short import too_short
from curate.quality.verdict import Verdict
from schemas.example import Example, Message
from schemas.recipe import Quality


def test_an_answer_of_nothing_is_empty_and_a_tool_call_is_not() -> None:
    assert asked(empty_answer, " \n") == Verdict("empty_answer")
    assert empty_answer(conversation("Hello?"), Quality()) == Verdict("empty_answer")
    call = Example("id", (Message("user", "hi"), Message("assistant", "", tool_calls="[]")), "s", 1)
    assert empty_answer(call, Quality()) is None
    assert too_short(call, Quality(min_words=5)) is None


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ("Yes.", 1),
        ("It's 5 p.m., really", 5),
        ("?!", 0),
        ("您的订单在路上", 7),
        ("it's don’t", 2),
        ("हिन्दी में", 2),
        ("Donaudampfschifffahrtsgesellschaft", 1),
        ("?! " * 500 + "well then", 2),
    ],
)
def test_too_short_counts_words_of_every_script(answer: str, count: int) -> None:
    assert asked(too_short, answer, min_words=count) is None
    verdict = asked(too_short, answer, min_words=count + 1)
    assert verdict == Verdict("too_short", score=float(count), threshold=float(count + 1))


def test_too_long_is_an_estimate_over_the_conversation() -> None:
    verdict = asked(too_long, "word " * 400, max_tokens=400)
    assert verdict is not None
    assert verdict.score == estimate("word " * 400) + estimate("A question?") + 8
    assert asked(too_long, "word " * 400, max_tokens=520) is None
    assert estimate("您的订单") == 4
    assert estimate("привет") == 3
