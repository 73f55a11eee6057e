"""html_leftover: HTML left in a text by whoever fetched it: `&nbsp;`, `<p>…</p>`, `<br>`, `<!-- … -->`.

Entities count, and of the tags that lay a page out those that are closed, or never are; one letter of a type
parameter (`Box<b>`) is no tag. Code is left out, and so are results of tools, the `<br>` of a Markdown table
and conversations that speak of the web: there the tags are the subject. Flagged unless the recipe says more.
"""

import re
from collections import Counter
from typing import TYPE_CHECKING

from curate.quality.text import without_code
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools

# Named by the HTML standard, section 13.5; without those that a program may hold as `&name;` of its own.
_ENTITY = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}"
    r"|nbsp|amp|lt|gt|quot|apos|hellip|[nm]dash|[lr][sd]quo|[lr]aquo|bull|middot|copy|reg|trade|euro|pound|yen"
    r"|deg|times|sect|para|shy|zwj|zwnj|ensp|emsp|thinsp|szlig|iexcl|iquest|frac(?:12|14|34)"
    r"|[A-Za-z](?:uml|acute|grave|circ|tilde|cedil|ring|slash|caron)|(?:AE|ae|OE|oe)lig);"
)
_NAME = (
    r"p|div|span|font|center|b|i|u|strong|em|ul|ol|li|table|tbody|thead|tr|td|th|h[1-6]|a|blockquote|script"
    r"|style|iframe|html|head|body|br|hr"
)
_TAG = re.compile(
    rf"<(?P<close>/)?(?P<name>{_NAME})(?P<rest>[ \t\n/][^<>]{{0,400}})?>",
    re.IGNORECASE,
)
# RE2's: in texts of ASCII, what every mark has. Code is cut out of tags, too.
_PART_OF_MARK = rf"(?i)[^\x00-\x7f]|&|<!--|</?(?:{_NAME})[ \t\n/>`]"
_TABLE_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_VOID = frozenset(("br", "hr"))
_SUBJECT = re.compile(
    r"\b(?:x?html\w*|css|xml|svg|jsx|tsx|javascript|typescript|php|markup|pars(?:e[rs]?|ing)|scrap(?:e[rs]?|ing)"
    r"|beautifulsoup|wordpress|entit(?:y|ies)|tags|(?:an?|the|opening|closing|this|that|which)\s+tag"
    r"|(?:write|create|build|make|design|code|generate)\b.{0,60}\b(?:web ?(?:site|page|app)|landing page|form"
    r"|table|button|component))\b",
    re.IGNORECASE,
)


def html_leftover(example: Example, _: Quality) -> Verdict | None:
    found: Counter[str] = Counter()
    for message in example.messages:
        if message.role in ("user", "assistant") and (marks := _marks(message.content)):
            found.update(marks)
    if not found or any(_speaks_of_it(m.content) for m in example.messages):
        return None
    detail = {"markers": sorted(found)}
    return Verdict("html_leftover", score=float(found.total()), threshold=1.0, detail=detail)


def without_html(turns: "Turns") -> "Bools":
    """Rows that the rule passes, but for conversations that speak of the web."""
    texts = turns.messages
    unclear = turns.spoken & texts.with_byte(b"&<")
    unclear[unclear] = texts.some(unclear).holding(_PART_OF_MARK)
    return turns.without(texts.row, texts.judged(unclear, _marks))


def _marks(text: str) -> Counter[str] | None:
    """The marks of one message, by kind."""
    if "&" not in text and "<" not in text:
        return None
    text = without_code(text)
    comments = min(text.count("<!--"), text.count("-->"))
    found: Counter[str] = Counter(entity=len(_ENTITY.findall(text)), comment=comments)
    found.update(_tags(_TABLE_ROW.sub("", text)))
    return +found


def _tags(text: str) -> Counter[str]:
    """Tags by name: of those that have an end, as many as have it."""
    opened: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    for tag in _TAG.finditer(text):
        name = tag["name"].lower()
        (closed if tag["close"] or name in _VOID else opened)[name] += 1
    for name in _VOID:
        opened[name] = closed[name]
    return opened & closed


def _speaks_of_it(text: str) -> bool:
    return _SUBJECT.search(_TAG.sub(" ", text)) is not None
