"""placeholder: an answer with a blank not filled in: `[Your Name]`, `{{order_number}}`, `lorem ipsum`.

Code is left out, where braces and brackets mean something else, and so are the surrogates of the pii stage
(`<EMAIL_ADDRESS_1>`) and Markdown links.
"""

import re

from curate.quality.text import prose
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

_BLANK = re.compile(
    r"\[\s*(?:insert|enter|your|add|fill|placeholder|customer|company|recipient|agent|product|order|first|last|full|"
    r"name|date|address|phone|email|link|url|amount|number)\b[^\[\]\n()]{0,40}\](?!\()"
    r"|\{\{\s*[\w. -]{1,40}\s*\}\}"
    r"|<\s*(?:insert|enter|your)\b[^<>\n]{0,40}>"
    r"|\blorem ipsum\b"
    r"|\b(?:TODO|TBD|FIXME)\b(?::|\s*\Z)"
    r"|_{5,}",
    re.IGNORECASE,
)


def placeholder(example: Example, settings: Quality) -> Verdict | None:  # noqa: ARG001
    count = sum(len(_BLANK.findall(_readable(m.content))) for m in example.messages if m.role == "assistant")
    return Verdict("placeholder", score=float(count), threshold=1.0) if count else None


def _readable(text: str) -> str:
    """Without code; tags stay, for `<your name>` looks like one."""
    kept = re.findall(r"<\s*(?:insert|enter|your)\b[^<>\n]{0,40}>", text, re.IGNORECASE)
    return " ".join((prose(text), *kept))
