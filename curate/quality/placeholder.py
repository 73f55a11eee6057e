"""placeholder: an answer with a blank not filled in: `[Your Name]`, `{{order_number}}`, `lorem ipsum`.

A key that is named, as in `press <Enter>`, is none. Bracketed blanks are known in English, German, French,
Spanish, Italian, Portuguese, Dutch, Chinese and Japanese. Code is left out, where braces and brackets mean
something else, and so are the surrogates of the pii stage (`<EMAIL_ADDRESS_1>`), Markdown links, and how a
command or function is called: `unset [-f] [name ...]`, `test([name][, options])`.
"""

import re
from typing import TYPE_CHECKING

from curate.quality.signs import Signs
from curate.quality.text import prose
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools

_NOUNS = (
    r"insert|enter|your|add|fill|placeholder|customer|company|recipient|agent|product|order|first|last|full"
    r"|name|date|address|phone|email|link|url|amount|number"
    r"|ihre?n?|kunden\w*|firmen\w*|vorname|nachname|datum|adresse|bestellnummer|betrag"
    r"|votre|nom (?:du|de)|prénom|entreprise|montant|numéro|insérer"
    r"|(?:su|tu) \w+|nombre (?:del|de)|empresa|fecha|insertar"
    r"|(?:il )?(?:tuo|suo) \w+|nome|cognome|azienda|inserisci"
    r"|seu \w+|sua \w+|inserir|uw \w+|naam|bedrijfsnaam|bestelnummer"
)
_ASIAN = (
    r"(?:您的|你的)?(?:姓名|名字|公司|日期|地址|电话|邮箱|订单号)"
    r"|(?:あなたの)?(?:お名前|氏名|会社名|日付|住所|電話番号)"
)
_KEYS = r"(?:enter|insert)\s*"
_ANGLED = rf"<\s*(?!{_KEYS}>)(?:insert|enter|your)\b[^<>\n]{{0,40}}>"
_BLANK = re.compile(
    rf"(?<![\w(\]])\[\s*(?!{_KEYS}\])(?:{_NOUNS})\b[^\[\]\n()]{{0,40}}(?<!\.\.\.)\](?![\[(]|\s?(?:\.\.\.|…))"
    rf"|[\[【［]\s*(?:{_ASIAN})\s*[\]】］]"
    r"|\{\{\s*[\w. -]{1,40}\s*\}\}"
    rf"|{_ANGLED}"
    r"|\blorem ipsum\b"
    r"|\b(?:TODO|TBD|FIXME)\b(?::|\s*\Z)"
    r"|_{5,}",
    re.IGNORECASE,
)
_SYNOPSIS = re.compile(r"^.*(?:\[-{1,2}\w|\[options?\]|\busage:).*$", re.IGNORECASE | re.MULTILINE)
_TAG_LIKE = re.compile(_ANGLED, re.IGNORECASE)
_SIGNS = ("[", "{{", "<", "_____", "【", "［", "lorem", "todo", "tbd", "fixme")
_ANY_SIGN = Signs(_SIGNS)
# RE2's: in texts of ASCII, what every blank has. Code and tags are cut out, so that words about them meet.
_SPACE = r"[\s\x0b\x1c-\x1f]*"
_PART_OF_BLANK = (
    r"(?i)[^\x00-\x7f]|\[|\{\{|_____|lorem[ <`]"
    rf"|<{_SPACE}(?:[<`]|insert|enter|your)"
    rf"|\b(?:todo|tbd|fixme)(?::|{_SPACE}(?:[<`]|\z))"
)


def placeholder(example: Example, _: Quality) -> Verdict | None:
    count = sum(_blanks(m.content) for m in example.messages if m.role == "assistant")
    return Verdict("placeholder", score=float(count), threshold=1.0) if count else None


def without_blanks(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    texts = turns.answers
    unclear = texts.with_sign(_ANY_SIGN)
    unclear[unclear] = texts.some(unclear).holding(_PART_OF_BLANK)
    return turns.without(texts.row, texts.judged(unclear, _blanks))


def _blanks(text: str) -> int:
    lowered = text.lower()
    for sign in _SIGNS:
        if sign in lowered:
            break
    else:
        return 0
    return len(_BLANK.findall(_readable(text)))


def _readable(text: str) -> str:
    """Without code and synopses; tags stay, for `<your name>` looks like one."""
    return " ".join((_SYNOPSIS.sub("", prose(text)), *_TAG_LIKE.findall(text)))
