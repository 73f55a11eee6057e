"""refusal: an answer opens as a model's refusal does, or speaks of itself as an AI.

Known in English, German, French, Spanish, Italian, Portuguese, Dutch, Russian, Chinese and Japanese, each by
the few phrases that models use; what another language says goes unseen. Such rows teach a model to refuse.
Flagged unless the recipe says more: a refusal may be the right answer. What a shop cannot do for a customer
(`I can't find that order`, `we cannot refund after 30 days`) is no refusal.
"""

import re
from typing import TYPE_CHECKING

from curate.quality.signs import Signs
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools

_OPENING = 300  # characters

_CANNOT = (
    r"(?:can(?:'t| not|not)|won't|will not|must decline to|am (?:not able|unable) to|"
    r"(?:do not|don't) feel comfortable)"
)
_DO = (
    r"(?:assist|help|comply|engage|provide|fulfil+|answer|continue|create|generate|"
    r"assisting|helping|providing|answering|creating|generating)"
)
_WHAT = r"(?:this|that|these|those|such|your request|any (?:such|kind))"
_START = r"(?:^|[.!?]\s+|,\s*)"  # of a sentence or clause
_TO_YOU_DE = r"(?:(?:dir|ihnen|euch) )?"
_HELP_DE = r"(?:leider )?nicht (?:(?:weiter)?helfen|behilflich)"

# Each form, over lower-case text, with strings of which one stands in every text that it matches.
_FORMS: tuple[tuple[tuple[str, ...], str], ...] = (
    # English
    (
        (" an ai", "as an ai", "as a ai", "artificial intelligence"),
        r"\bas an? (?:ai|artificial intelligence)(?: language)?(?: model| assistant)?\b",
    ),
    (
        (" model", " assistant"),
        r"\bi(?:'m| am) (?:just |only )?an? (?:ai|large) (?:language )?(?:model|assistant)\b",
    ),
    (
        (
            *("i can't", "i can not", "i cannot", "i won't", "i will not", "i must decline"),
            *("i am not able", "i am unable", "i do not feel", "i don't feel"),
        ),
        rf"\bi'm (?:sorry|afraid),? but i {_CANNOT} (?:do|help with|assist with) (?:this|that)\b"
        rf"|\bi {_CANNOT} {_DO}(?: you)?(?: with| in| to)? {_WHAT}\b",
    ),
    (
        ("against ", "violate"),
        r"\b(?:against|violates?) (?:my|our|openai's) "
        r"(?:programming|guidelines|content polic|use[- ]case polic|ethic)",
    ),
    # German
    (
        ("sprachmodell", "als ki", "als eine ki", "künstliche intelligenz"),
        r"\bals (?:eine? )?"
        r"(?:(?:ki-?)?sprachmodell|ki-?(?:modell|assistent(?:in)?)|ki|künstliche intelligenz),? "
        r"(?:kann|darf|habe|bin|besitze|verfüge|muss|ist)\b",
    ),
    (
        ("kann ich", "ich kann", "anfrage"),
        rf"\b(?:dabei|damit) kann ich {_TO_YOU_DE}{_HELP_DE}"
        rf"|\bich kann {_TO_YOU_DE}(?:dabei|damit) {_HELP_DE}"
        r"|\b(?:dieser?|ihrer?|deiner?) anfrage (?:leider )?nicht (?:erfüllen|beantworten|nachkommen)",
    ),
    # French
    (
        ("en tant qu",),
        r"\ben tant (?:qu'(?:(?:une )?ia|intelligence artificielle|assistante? ia)"
        r"|que mod[èe]le (?:de langage|linguistique))\b",
    ),
    (
        ("je ne ",),
        r"\bje ne (?:peux|puis|suis) pas (?:en mesure de )?(?:vous |t'|te )?"
        r"(?:aider|répondre|fournir|satisfaire|accéder) (?:avec |à |sur |pour )?"
        r"(?:cela|ça|cette (?:demande|requête)|ce (?:type|genre) de)",
    ),
    # Spanish, Portuguese
    (
        ("modelo de l", "como ia", "como una ia", "como uma ia", "inteligencia art", "inteligência art"),
        _START + r"como (?:una? |uma? )?(?:modelo de (?:lenguaje|linguagem)|inteligencia artificial"
        r"|inteligência artificial|asistente de ia|assistente de ia|ia)\b",
    ),
    (
        ("no puedo",),
        r"\bno puedo (?:ayudar(?:te|le|los?|les)?|asistir(?:te|le)?|cumplir) (?:con|en) "
        r"(?:eso|esto|(?:es[ae]|est[ae]) (?:solicitud|petición|tipo))",
    ),
    (
        ("não posso",),
        r"\bnão posso (?:te )?(?:ajudar|ajudá-l[oa]|ajudar você) com "
        r"(?:isso|isto|ess[ea] (?:solicitação|pedido|tipo))",
    ),
    # Italian
    (
        ("modello linguistico", "intelligenza artificiale"),
        _START + r"(?:come|in quanto) (?:un )?(?:modello linguistico|(?:un')?intelligenza artificiale)\b",
    ),
    (
        ("non posso",),
        r"\bnon posso (?:aiutar(?:ti|la|vi|e)|assister(?:ti|la|e)) (?:con|in) "
        r"(?:questo|questa (?:richiesta|cosa)|ciò)",
    ),
    # Dutch
    (
        ("taalmodel", "kan ik", "ik kan"),
        r"\bals (?:een )?(?:ai-?)?taalmodel\b"
        r"|\bdaar kan ik (?:je|u|jou) (?:helaas )?niet (?:mee|bij) helpen"
        r"|\bik kan (?:je|u|jou) (?:daar|hier)(?:mee|bij) niet helpen",
    ),
    # Russian
    (
        ("языков", "искусственный интеллект"),
        r"\b(?:как|я|будучи) (?:всего лишь |просто )?"
        r"(?:языков(?:ая|ой) модел(?:ь|ью)|искусственный интеллект)",
    ),
    (
        ("я не могу",),
        r"\bя не могу (?:вам |тебе )?(?:помочь (?:вам |тебе )?с эт|(?:выполнить|ответить на) (?:эт|ваш))",
    ),
    # Chinese, Japanese
    (
        ("作为", "作為", "无法", "不能", "無法"),
        r"作[为為](?:一个|一名|一個)?(?:ai|人工智能|人工智慧|语言模型|語言模型|大型?语言模型)"
        r"|我(?:无法|不能|無法)(?:协助|帮助|提供|满足|回答|協助)(?:您|你)?(?:这|该|此|的请求|這)",
    ),
    (
        ("として", "なので", "ですので", "できません", "いたしかねます"),
        r"(?:ai|人工知能)(?:言語モデル|アシスタント)?(?:として|なので|ですので)"
        r"|(?:その|この|そのような|ご)(?:リクエスト|要望|質問|依頼).{0,8}(?:お応え|お答え|対応)"
        r"(?:すること(?:は|が)?)?(?:できません|いたしかねます)",
    ),
)
_BY_SIGN = [(sign, re.compile(form)) for signs, form in _FORMS for sign in signs]
_SIGNS = Signs([sign for sign, _ in _BY_SIGN])
_BY_ASCII_SIGN = [(sign, form) for sign, form in _BY_SIGN if sign.isascii()]


def refusal(example: Example, _: Quality) -> Verdict | None:
    for message in example.messages:
        if message.role == "assistant" and refuses(message.content):
            return Verdict("refusal")
    return None


def without_refusal(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    texts = turns.answers
    openings = texts.opening(_OPENING)
    unclear = openings.with_sign(_SIGNS)
    return turns.without(texts.row, openings.judged(unclear, refuses))


def refuses(text: str) -> bool:
    """Whether a text opens as a model's refusal does."""
    text = text[:_OPENING].lower().replace("’", "'")
    for sign, form in _BY_ASCII_SIGN if text.isascii() else _BY_SIGN:
        if sign in text and form.search(text):
            return True
    return False
