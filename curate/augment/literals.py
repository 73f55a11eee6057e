"""What a rewriting must carry over letter by letter: placeholders, program code, URLs, e-mails, numbers, and
what stands in quotation marks."""

import re

from curate.quality.text import without_code

# The first alternative that matches takes the text. Repetitions are bounded so that no text takes more than
# time linear in its length.
_LITERAL = re.compile(
    r"""
      (?P<block>```.{1,4000}?```)
    | (?P<code>`[^`\n]{1,400}`)
    | (?P<placeholder><[A-Z][A-Z0-9_]{0,63}>|\{\{[^{}\n]{1,100}\}\}|\$\{[^{}\n]{1,100}\})
    | (?P<url>(?:https?://|www\.)[^\s<>"'`]{1,2000})
    | (?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})
    | (?P<token>(?<![A-Za-z0-9])[A-Za-z0-9]{1,64}(?:[-_./][A-Za-z0-9]{1,64}){0,8})
    | (?P<number>\d{1,64})
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGN = re.compile(r"[\d`<{$@]|https?://|www\.")  # one stands in every literal
_CODE = re.compile(r"(?=.*[0-9]).*[A-Z]")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_QUOTED = re.compile(r"""["“„]([^"“”„\n]{2,120})["”“]|«\s?([^«»\n]{2,120}?)\s?»""")
_AFTER_URL = ".,;:!?)]}"


def literals(text: str) -> frozenset[str]:
    """A code is a run of ASCII letters and digits, joined by `-_./`, with a digit and a capital: `AB-1234`.
    Elsewhere only the digits count, so that `2-day` and `2 days` agree."""
    if not _SIGN.search(text):
        return frozenset()
    found: set[str] = set()
    last = 0
    plain: list[str] = []
    for match in _LITERAL.finditer(text):
        value = match[0]
        if match.lastgroup == "token" and not _CODE.match(value):
            continue
        if match.lastgroup == "number":
            continue
        found.add(value.rstrip(_AFTER_URL) if match.lastgroup == "url" else value)
        plain.append(text[last : match.start()])
        last = match.end()
    plain.append(text[last:])
    found.update(number for part in plain for number in _NUMBER.findall(part))
    return frozenset(found)


def quotations(text: str) -> frozenset[str]:
    """What stands in double quotation marks, of any script's kind, without them; code is left out."""
    found = _QUOTED.finditer(without_code(text))
    return frozenset((match[1] or match[2]).strip(" .,;:!?") for match in found) - {""}
