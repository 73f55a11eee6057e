import pytest
from asking import conversation

from curate.quality.echo import answer_repeats_question
from curate.quality.verdict import Verdict
from schemas.recipe import Quality

QUESTION = "Where is my order from last week?"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (QUESTION, QUESTION),
        (QUESTION, "where is my order from last week"),
        (QUESTION, "OK: " + QUESTION),
        ("Wo ist meine Bestellung von letzter Woche?", "Wo ist meine Bestellung von letzter Woche"),
        ("我上周的订单在哪里？", "我上周的订单在哪里"),
    ],
)
def test_an_echo_is_seen(question: str, answer: str) -> None:
    assert answer_repeats_question(conversation(question, answer), Quality()) == Verdict(
        "answer_repeats_question"
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (QUESTION, "Where is my order from last week? It ships today, by van."),
        (QUESTION, "Your order is here."),
        ("Hi there!", "Hi there!"),
        ("我上周的订单在哪里？", "您上周的订单已经发货了。"),
    ],
)
def test_answers_pass(question: str, answer: str) -> None:
    assert answer_repeats_question(conversation(question, answer), Quality()) is None
