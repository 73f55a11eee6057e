"""truncated_answer: the last answer stops in the middle.

Flagged where
- a code block is opened and never closed, or a bracket that stands in the last sentence;
- the last word cannot end a sentence (`the`, `your`, `and`, `so` after a comma), or the text ends with a
  comma that is not a letter's closing;
- at least two sentences before end with a full stop and the last one, of three words or more, with nothing.
Not flagged: lists, headings, tables, code, links, sign-offs and short answers: they end without a stop.
A text cut right after a full stop cannot be told from a whole one.
"""

import re

from curate.quality.text import last_answer
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

_LEAST_WORDS = 4
_FUNCTION_WORDS = """
the a an of your our my their its his and or but because if than whose which while when where until unless as
at with without from into onto upon during between is are was were be been has have had will would can could
should may might must shall very der die das ein eine und oder weil le la les un une et ou des
"""
_CANNOT_END = frozenset(_FUNCTION_WORDS.split())
_BEGINS_A_CLAUSE = re.compile(r"[,;:] (?:so|it|we|you|they|this|that|he|she|who|then)\Z", re.IGNORECASE)
_TERMINAL = re.compile(r"[.!?…。！？:;)\]}>\"'”’»`*_~|]\s*\Z")
_SENTENCE_END = re.compile(r"[.!?。！？][\"'”’)]*(?=\s)")
_NOT_PROSE = re.compile(r"\s*(?:[-*+•–#>|]|\d+[.)]|[A-Z]\)|https?://|\S+@\S+|\$)")
_CLOSING = re.compile(
    r"\s*(?:kind |best |warm |many |with )*"
    r"(?:regards|wishes|thanks|sincerely|cheers|yours|love|gru(?:ß|ss|e)\w*)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?://|www\.)\S+\Z|\S+\.(?:com|org|net|io)(?:/\S*)?\Z", re.IGNORECASE)


def truncated_answer(example: Example, settings: Quality) -> Verdict | None:  # noqa: ARG001
    answer = last_answer(example)
    if answer is None or answer.tool_calls:
        return None
    sign = _sign(answer.content.rstrip())
    return Verdict("truncated_answer", detail={"sign": sign}) if sign else None


def _sign(text: str) -> str | None:
    if text.count("```") % 2:
        return "open_code_block"
    if len(text.split()) < _LEAST_WORDS:
        return None
    last_line = text.rpartition("\n")[2]
    if text.endswith(","):
        return None if _CLOSING.match(last_line) or len(last_line.split()) <= 2 else "comma"
    if _TERMINAL.search(text) or _NOT_PROSE.match(last_line) or _LINK.search(text):
        return None
    last_word = re.findall(r"[^\W\d_]+(?=\W*\Z)", last_line)
    if last_word and last_word[0].casefold() in _CANNOT_END and last_word[0] == last_word[0].lower():
        return "last_word"
    if _BEGINS_A_CLAUSE.search(text):
        return "last_word"
    return _open_sentence(text, last_line)


def _open_sentence(text: str, last_line: str) -> str | None:
    """A last sentence without an end, after sentences that have one."""
    if not last_line[-1:].isalnum() and not last_line.endswith(("-", "—", "–", "(", "[", "{", "/")):
        return None
    stops = list(_SENTENCE_END.finditer(text))
    rest = last_line if not stops else text[max(stops[-1].end(), len(text) - len(last_line)) :]
    if rest.count("(") > rest.count(")"):
        return "open_bracket"
    signed_off = "\n" in text and len(last_line.split()) <= _LEAST_WORDS
    if len(stops) < 2 or len(rest.split()) < 3 or signed_off:
        return None
    return "open_sentence"
