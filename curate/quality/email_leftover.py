"""email_leftover: what a mail program put around a message: the mail replied to, a signature, a disclaimer.

Only whole lines count, and only such as a program writes: `On … wrote:` in eight languages, `-----Original
Message-----`, three headers in a row, `Sent from my iPhone`, the signature mark `--` (RFC 3676, section 4.3)
before the last lines. Lines with `>` alone are Markdown's quotations and pass, and so does a letter that the
model writes, with its subject and its greetings. Code is left out, and so are results of tools. Flagged
unless the recipe says more.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from curate.quality.signs import Signs
from curate.quality.text import without_code
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools

_SIGNATURE_LINES = 8  # at most, behind its mark

_LINE = r"^[ \t>*_]*"  # mail programs quote and embolden
_WROTE = re.compile(
    _LINE + r"(?:"
    r"On\b.{6,160}\bwrote"
    r"|(?:Am|Den)\b.{6,160}\bschrieb\b.{0,120}"
    r"|Le\b.{6,160}\ba écrit"
    r"|El\b.{6,160}\bescribió"
    r"|Em\b.{6,160}\bescreveu"
    r"|Il\b.{6,160}\bha scritto"
    r"|Op\b.{6,160}\bschreef\b.{0,120}"
    r"|.{6,160}(?:пишет|написал\(?а?\)?)"
    r") ?:[ \t>*_]*$",
    re.MULTILINE,
)
_DIGIT = re.compile(r"\d")  # of the date that such a line has
_ORIGINAL = re.compile(
    _LINE + r"-{2,}[ \t]*(?:Original(?: Message|nachricht)?|Ursprüngliche Nachricht|Message d'origine"
    r"|Mensaje original|Mensagem original|Messaggio originale|Oorspronkelijk bericht"
    r"|Forwarded message|Weitergeleitete Nachricht|Message transféré|Mensaje reenviado)[ \t]*-{2,}[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_HEADERS = re.compile(
    r"(?:"
    + _LINE
    + r"(?:From|Sent|Date|To|Cc|Subject|Reply-To|Von|Gesendet|Datum|An|Betreff|De|Envoyé|À|Objet"
    r"|Para|Enviado|Asunto|Assunto|Da|Inviato|A|Oggetto|Van|Verzonden|Aan|Onderwerp)[*_]{0,2} ?:[*_]{0,2}"
    r"[ \t]+\S.*\n?){3,}",
    re.MULTILINE,
)
_SENDER = re.compile(_LINE + r"(?:From|Von|De|Da|Van)\b", re.MULTILINE)
_DEVICE = re.compile(
    _LINE
    + r"(?:Sent (?:from|via|with) (?:my |the )?(?:i(?:Phone|Pad)|Android|Samsung|Galaxy|BlackBerry|Huawei"
    r"|Xiaomi|Pixel|mobile|phone|Outlook|Yahoo|Proton ?Mail|Mail for|Windows)"
    r"|Get Outlook for|Outlook für \w{3,8} beziehen|Von meinem .{2,30} gesendet|Gesendet (?:mit|von) "
    r"|Envoyé (?:de|depuis) mon|Enviado (?:desde mi|do meu)|Inviato da(?:l mio)? i|Verstuurd vanaf mijn"
    r"|Отправлено с (?:моего )?i).{0,60}$",
    re.MULTILINE,
)
_SIGNATURE = re.compile(r"^--[ \t]*\n(?=[^\n]*\S)", re.MULTILINE)
_DISCLAIMER = re.compile(
    r"\bthis (?:e-?mail|message|communication)\b.{0,80}\b(?:is|are|may be|contains?|may contain)\b.{0,60}"
    r"\b(?:confidential|privileged|intended (?:solely|only) for)"
    r"|\bdiese (?:e-?mail|nachricht)\b.{0,60}\b(?:enthält|ist)\b.{0,60}\bvertraulich"
    r"|\bce (?:courriel|message)\b.{0,80}\bconfidentiel",
    re.IGNORECASE | re.DOTALL,
)
# One of them stands in every text with a leftover and without code; where that is cut out, other words meet.
_SIGNS = Signs(
    [
        *(
            "wrote",
            "schrieb",
            "écrit",
            "escribió",
            "escreveu",
            "scritto",
            "schreef",
            "пишет",
            "написал",
            "--",
        ),
        *(name + mark for name in ("from", "von", "de", "da", "van") for mark in (":", " :", "*", "_")),
        *("sent from ", "sent via ", "sent with ", "get outlook ", "outlook für ", "gesendet", "envoyé de"),
        *("enviado de", "enviado do", "inviato da", "verstuurd ", "отправлено "),
        *("confidential", "privileged", "intended ", "vertraulich", "confidentiel", "--"),
    ]
)


def email_leftover(example: Example, _: Quality) -> Verdict | None:
    found: set[str] = set()
    for message in example.messages:
        if message.role in ("user", "assistant"):
            found.update(_leftovers(message.content))
    if not found:
        return None
    return Verdict("email_leftover", score=float(len(found)), threshold=1.0, detail={"kinds": sorted(found)})


def without_mail(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    texts = turns.messages
    unclear = turns.spoken & (texts.with_sign(_SIGNS) | texts.with_byte(b"`"))
    return turns.without(texts.row, texts.judged(unclear, lambda text: next(_leftovers(text), None)))


def _leftovers(text: str) -> Iterator[str]:
    """Kinds of what a mail program left in one message."""
    text = without_code(text)
    if any(_DIGIT.search(line[0]) for line in _WROTE.finditer(text)) or _ORIGINAL.search(text):
        yield "reply"
    if any(_SENDER.search(block[0]) for block in _HEADERS.finditer(text)):
        yield "headers"
    if _DEVICE.search(text):
        yield "device"
    if _signed(text):
        yield "signature"
    if _DISCLAIMER.search(text):
        yield "disclaimer"


def _signed(text: str) -> bool:
    """Whether a signature's mark stands above the last lines."""
    marks = [mark.end() for mark in _SIGNATURE.finditer(text)]
    return bool(marks) and text.count("\n", marks[-1]) < _SIGNATURE_LINES
