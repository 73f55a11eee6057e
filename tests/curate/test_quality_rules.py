"""The quality rules: what each objects to, and the answers that it must let pass."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.quality.echo import answer_repeats_question
from curate.quality.empty_answer import empty_answer
from curate.quality.language import language
from curate.quality.placeholder import placeholder
from curate.quality.refusal import refusal
from curate.quality.repetition import repetition
from curate.quality.rules import DROPPING, FLAGGING
from curate.quality.too_long import estimate, too_long
from curate.quality.too_short import too_short
from curate.quality.truncated_answer import truncated_answer
from curate.quality.verdict import Rule, Verdict
from schemas.errors import RecipeError
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Quality


def chat(*contents: str) -> Example:
    messages = tuple(Message("assistant" if i % 2 else "user", text) for i, text in enumerate(contents))
    return Example(hash_messages(messages), messages, "raw.jsonl", 1)


def asked(rule: Rule, answer: str, **options: Any) -> Verdict | None:
    return rule(chat("A question?", answer), Quality(**options))


def test_an_answer_of_nothing_is_empty_and_a_tool_call_is_not() -> None:
    assert asked(empty_answer, " \n") == Verdict("empty_answer")
    assert empty_answer(chat("Hello?"), Quality()) == Verdict("empty_answer")
    call = Example("id", (Message("user", "hi"), Message("assistant", "", tool_calls="[]")), "s", 1)
    assert empty_answer(call, Quality()) is None
    assert too_short(call, Quality(min_words=5)) is None


@pytest.mark.parametrize(
    ("answer", "count"),
    [("Yes.", 1), ("It's 5 p.m., really", 5), ("?!", 0), ("您的订单在路上", 7), ("it's don’t", 2)],
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


LOOP = "I will check the order and call you back. " * 8


@pytest.mark.parametrize(
    "answer",
    [LOOP, "Thanks for writing in. " + LOOP, "the same " * 40, "很好" * 40, "Of course! " + "no, " * 60],
)
def test_repetition_sees_loops(answer: str) -> None:
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
def test_repetition_lets_pass(answer: str) -> None:
    assert asked(repetition, answer) is None


GERMAN = "Ihr Paket kommt am Dienstag an, bitte warten Sie noch zwei Tage auf die Lieferung."
ENGLISH = "Your parcel will arrive on Tuesday, please wait two more days for the delivery."


@pytest.mark.parametrize(
    ("answer", "languages", "reason"),
    [
        (GERMAN, ("en",), "language:de"),
        (GERMAN, ("en", "de"), None),
        (ENGLISH, ("en",), None),
        (GERMAN, (), None),
        ("Ja, gerne!", ("en",), None),
        ("您的订单正在路上,请耐心等待几天时间好吗谢谢您的理解和支持", ("en",), "language:zh"),
        ("Добрый день, ваш заказ уже в пути и прибудет завтра", ("en",), "language:ru"),
        ("```\n" + GERMAN + "\n```", ("en",), None),
    ],
)
def test_language(answer: str, languages: tuple[str, ...], reason: str | None) -> None:
    verdict = asked(language, answer, languages=languages)
    assert (verdict and verdict.reason) == reason


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(RecipeError, match="xx is no language"):
        asked(language, ENGLISH, languages=("xx",))


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot assist you with that request.",
        "As an AI language model, I have no opinion.",
        "I'm just an AI model and cannot say.",
        "I am unable to provide that information.",
        "Unfortunately, this goes against my programming.",
        "I won’t create such content.",
    ],
)
def test_refusal_sees(answer: str) -> None:
    assert asked(refusal, answer) == Verdict("refusal")


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't find your order.",
        "We cannot refund that after 30 days.",
        "I am unable to reach the courier today.",
        "I can't help but admire that jacket!",
        "You can ask as an airline customer.",
        "I cannot provide a refund without the receipt.",
    ],
)
def test_refusal_lets_pass(answer: str) -> None:
    assert asked(refusal, answer) is None


@pytest.mark.parametrize(
    ("answer", "sign"),
    [
        ("Your parcel will arrive on Tuesday and the", "last_word"),
        ("Take the Plover Hat in S: it runs large, so", "last_word"),
        ("Please return the jacket, the receipt and the label,", "comma"),
        ("Run this:\n```\npip install siftune", "open_code_block"),
        ("Thanks for asking. The jacket is in stock. It ships from our Leeds", "open_sentence"),
        ("The jacket comes in three sizes (small, medium", "open_bracket"),
    ],
)
def test_truncated_sees(answer: str, sign: str) -> None:
    assert asked(truncated_answer, answer) == Verdict("truncated_answer", detail={"sign": sign})


@pytest.mark.parametrize(
    "answer",
    [
        "Yes",
        "It ships on Tuesday.",
        "It ships on Tuesday",
        "Sure! Let me check that for you",
        "We ship on Tuesday. It takes two days. Thank you for your patience.\n\nKind regards,\nAda",
        "We ship on Tuesday. It takes two days.\n\nKind regards,",
        "You need:\n- a receipt\n- the label and the bag",
        "Steps. First. Second.\n1. Open the app\n2. Choose the jacket and pay",
        "See our guide. It is short. You find it at https://shop.example/sizes",
        "Here it is. It works. Enjoy.\n```\npip install x\n```",
        "Great choice. It is warm. See you soon :)",
        "The total is:\n\n| item | price |\n|---|---|\n| hat | 29 |",
        "It is 20 €. It ships today. Thank you 🙂",
        "The answer is Vitamin A",
    ],
)
def test_truncated_lets_pass(answer: str) -> None:
    assert asked(truncated_answer, answer) is None


@pytest.mark.parametrize(
    "answer",
    [
        "Dear [Customer Name], thanks.",
        "Hello {{first_name}}!",
        "<insert link here>",
        "Lorem ipsum dolor",
        "Call ______ now",
        "TODO: write",
    ],
)
def test_placeholder_sees(answer: str) -> None:
    assert asked(placeholder, answer) == Verdict("placeholder", score=1.0, threshold=1.0)


@pytest.mark.parametrize(
    "answer",
    [
        "Write to <EMAIL_ADDRESS_1> or <PHONE_NUMBER_2>.",
        "See [your account](https://shop.example/account).",
        "Use `{{ name }}` in Jinja:\n```\nHello {{ name }}\n```",
        "The array is [1, 2, 3] and x[i] too.",
        "Your name and address are on the label.",
        "Add it to your todo list.",
    ],
)
def test_placeholder_lets_pass(answer: str) -> None:
    assert asked(placeholder, answer) is None


def test_an_echo_is_the_question_and_no_more() -> None:
    question = "Where is my order from last week?"
    for answer in (question, "where is my order from last week", "OK: " + question):
        assert answer_repeats_question(chat(question, answer), Quality()) == Verdict(
            "answer_repeats_question"
        )
    for answer in ("Where is my order from last week? It ships today, by van.", "Your order is here."):
        assert answer_repeats_question(chat(question, answer), Quality()) is None
    assert answer_repeats_question(chat("Hi there!", "Hi there!"), Quality()) is None


@pytest.mark.parametrize("rule", [*DROPPING, *FLAGGING], ids=lambda rule: str(rule.__name__))
@given(texts=st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_a_rule_never_raises_and_says_the_same_twice(rule: Callable[..., Any], texts: list[str]) -> None:
    settings = Quality(languages=("en",), min_words=3)
    assert rule(chat(*texts), settings) == rule(chat(*texts), settings)


@pytest.mark.parametrize("rule", [*DROPPING, *FLAGGING], ids=lambda rule: str(rule.__name__))
@pytest.mark.parametrize(
    "piece", ["a", "word ", "```", "[your ", "<insert ", "I can't ", "{{", "(", "a, so ", "_", "\n- "]
)
def test_a_rule_takes_seconds_over_a_huge_answer(rule: Rule, piece: str) -> None:
    asked(rule, piece * (100_000 // len(piece)), languages=("en",))
