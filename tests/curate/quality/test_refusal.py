import pytest
from asking import asked

from curate.quality.refusal import refusal
from curate.quality.verdict import Verdict


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
        "Als KI-Sprachmodell habe ich keine eigene Meinung.",
        "Es tut mir leid, aber dabei kann ich Ihnen leider nicht helfen.",
        "Leider kann ich Ihre Anfrage nicht beantworten.",
        "En tant qu'IA, je n'ai pas d'opinion.",
        "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
        "Como modelo de lenguaje, no tengo opiniones personales.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "Mi dispiace, ma non posso aiutarti con questa richiesta.",
        "Come modello linguistico non ho opinioni.",
        "Desculpe, mas não posso ajudar com isso.",
        "Als AI-taalmodel heb ik geen mening.",
        "Sorry, daar kan ik je niet mee helpen.",
        "Как языковая модель, я не имею собственного мнения.",
        "Извините, я не могу помочь вам с этим.",
        "作为一个AI语言模型，我没有个人观点。",
        "很抱歉，我无法协助您这个请求。",
        "申し訳ありませんが、そのご質問にはお答えできません。",
        "AI言語モデルとして、個人的な意見はありません。",
    ],
)
def test_refusals_are_seen(answer: str) -> None:
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
        "Leider kann ich Ihre Bestellung nicht finden.",
        "Der Wecker dient auch als KI-fähiger Lautsprecher.",
        "Damit kann ich die Rücksendung nicht vor Dienstag buchen.",
        "En tant que client fidèle, vous recevez dix pour cent.",
        "Je ne peux pas rembourser sans le reçu.",
        "Usamos tecnologías como IA para ordenar los pedidos.",
        "No puedo reembolsar el pedido después de 30 días.",
        "Non posso trovare il suo ordine.",
        "Não posso alterar o endereço depois do envio.",
        "Ik kan uw bestelling niet vinden.",
        "Я не могу найти ваш заказ.",
        "我们无法在三十天后退款。",
        "作为会员，您可以享受九折优惠。",
        "プレゼントとしてお包みします。",
    ],
)
def test_what_a_shop_cannot_do_passes(answer: str) -> None:
    assert asked(refusal, answer) is None
