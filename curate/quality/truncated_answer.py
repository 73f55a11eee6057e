"""truncated_answer: the last answer stops in the middle.

Flagged where
- a code block is opened and never closed, or a bracket that stands in the last sentence;
- the last word cannot end a sentence (`the`, `your`, `and`, `so` after a comma), or the text ends with a
  comma that is not a letter's closing;
- at least two sentences before end with a full stop and the last one, of three words or more, with nothing.
Not flagged: lists, headings, tables, code, links, sign-offs and short answers: they end without a stop.
A text cut right after a full stop cannot be told from a whole one. Words that cannot end a sentence are known
in English, German, French, Spanish, Italian, Portuguese and Dutch, and are judged by the language that most
of the last line's small words are of: `Most of them will die` is whole, `Das Paket und die` is not.
"""

import re
from typing import TYPE_CHECKING

from curate.quality.text import last_answer, words
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools

_LEAST_WORDS = 4
_SMALL_WORDS = """
the a an of our my their its his and or but because if than whose which while when where until unless as at
with without from into onto upon during between is are was were be been has have had will would can could
should may might must shall very your

der die das den dem des ein eine einen einem einer und oder weil dass ob wenn als wie mit von zu für bei
nach aus ihr ihre ihren unser unsere sehr am im vom zum zur

le la les un une des du de au aux et ou mais que qui dont avec sans pour dans par sur en votre vos notre nos
leur ce cette ces très

el la los las un una unos unas y o pero que de del al con sin para por en su sus nuestro nuestra muy como si

il lo la gli le un uno una e o ma che di del della dei delle al alla con senza per in nel nella su suo sua
nostro

o a os as um uma e ou mas que de do da dos das ao com sem para por em no na nos nas seu sua nosso muito

de het een en of maar dat die van voor met zonder naar bij uw onze zijn haar wordt worden heel
"""
_CANNOT_END = tuple(frozenset(listed.split()) for listed in _SMALL_WORDS.split("\n\n"))
_BEGINS_A_CLAUSE = re.compile(r"[,;:] (?:so|it|we|you|they|this|that|he|she|who|then)\Z", re.IGNORECASE)
_TERMINALS = r"[.!?…。！？।؟：；」』）】:;)\]}>\"'”’»`*_~|]"
_TERMINAL = re.compile(_TERMINALS + r"\s*\Z")
_ENDED = _TERMINALS + r"\s*\z"  # in RE2
_SENTENCE_END = re.compile(r"[.!?।؟][\"'”’)]*(?=\s)|[。！？][\"'”’)」』]*")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SIGNATURE = 12  # ideographs
_NOT_PROSE = re.compile(r"\s*(?:[-*+•–#>|]|\d+[.)]|[A-Z]\)|https?://|\S+@\S+|\$)")
_CLOSING = re.compile(
    r"\s*(?:kind |best |warm |many |with )*"
    r"(?:regards|wishes|thanks|sincerely|cheers|yours|love|gru(?:ß|ss|e)\w*)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?://|www\.).|.\.(?:com|org|net|io)(?:/|\Z)", re.IGNORECASE)  # within a word


def truncated_answer(example: Example, _: Quality) -> Verdict | None:
    answer = last_answer(example)
    if answer is None or answer.tool_calls:
        return None
    sign = _sign(answer.content)
    return Verdict("truncated_answer", detail={"sign": sign}) if sign else None


def not_truncated(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    texts = turns.messages
    unclear = turns.is_last_answer & ~turns.calls
    last = texts.some(unclear)
    unclear[unclear] = last.holding("```") | ~last.holding(_ENDED)
    return turns.without(texts.row, texts.judged(unclear, _sign))


def _sign(text: str) -> str | None:
    text = text.rstrip()
    if text.count("```") % 2:
        return "open_code_block"
    if _size(text) < _LEAST_WORDS:
        return None
    last_line = text.rpartition("\n")[2]
    if text.endswith(","):
        return None if _CLOSING.match(last_line) or len(last_line.split()) <= 2 else "comma"
    if _TERMINAL.search(text) or _NOT_PROSE.match(last_line) or _LINK.search(text.rsplit(None, 1)[-1]):
        return None
    last_word = re.findall(r"[^\W\d_]+(?=\W*\Z)", last_line)
    if last_word and last_word[0] == last_word[0].lower() and _cannot_end(last_word[0], last_line):
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
    shortest = _SIGNATURE if _IDEOGRAPH.search(last_line) else _LEAST_WORDS
    signed_off = "\n" in text and _size(last_line) <= shortest
    if len(stops) < 2 or _size(rest) < 3 or signed_off:
        return None
    return "open_sentence"


def _cannot_end(word: str, line: str) -> bool:
    """Whether `word` cannot end a sentence in a language of which the line has the most small words."""
    if not any(word in listed for listed in _CANNOT_END):
        return False
    line_words = words(line)
    hits = [sum(w in listed for w in line_words) for listed in _CANNOT_END]
    return any(word in listed and n == max(hits) for n, listed in zip(hits, _CANNOT_END, strict=True))


def _size(text: str) -> int:
    """Words; in scripts without spaces, characters."""
    return len(text.split()) if text.isascii() else len(words(text))
