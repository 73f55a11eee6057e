import pytest
from asking import asked

from curate.quality.truncated_answer import truncated_answer
from curate.quality.verdict import Verdict


@pytest.mark.parametrize(
    ("answer", "sign"),
    [
        ("Your parcel will arrive on Tuesday and the", "last_word"),
        ("Take the Plover Hat in S: it runs large, so", "last_word"),
        ("Please return the jacket, the receipt and the label,", "comma"),
        ("Run this:\n```\npip install siftune", "open_code_block"),
        ("Thanks for asking. The jacket is in stock. It ships from our Leeds", "open_sentence"),
        ("The jacket comes in three sizes (small, medium", "open_bracket"),
        ("Das Paket kommt am Dienstag und die", "last_word"),
        ("Votre colis arrive mardi avec la", "last_word"),
        ("El paquete llega el martes con los", "last_word"),
        ("Il pacco arriva martedì con la", "last_word"),
        ("O pacote chega na terça com os", "last_word"),
        ("Het pakket komt dinsdag met de", "last_word"),
        ("您好。您的订单已经发货。预计星期二到达您的", "open_sentence"),
        ("ご連絡ありがとうございます。在庫がございます。発送は火曜日にリーズから", "open_sentence"),
    ],
)
def test_a_cut_is_seen(answer: str, sign: str) -> None:
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
        "Without water most of the seedlings will die",
        "Das Paket kommt am Dienstag an",
        "您的订单已经发货。预计星期二到达。",
        "您好。您的订单已经发货。\n客服团队",
        "आपका ऑर्डर भेज दिया गया है। यह मंगलवार को पहुँचेगा। धन्यवाद।",
    ],
)
def test_whole_answers_pass(answer: str) -> None:
    assert asked(truncated_answer, answer) is None
