"""mojibake: text that went through a wrong encoding: `fÃ¼r`, `itâ€™s`, or with `�` for what was lost.

ftfy's heuristic (`ftfy.badness`) counts sequences of characters that wrong decoding makes and people do not
write; U+FFFD counts too. Code is left out, and so are results of tools. Flagged unless the recipe says more:
what is broken can often be mended, `ftfy.fix_text` or the source's `encoding` does so.
"""

from typing import TYPE_CHECKING

from ftfy.badness import badness

from curate.quality.text import without_code
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools

_LOST = "\ufffd"


def mojibake(example: Example, _: Quality) -> Verdict | None:
    count = sum(_broken(m.content) for m in example.messages if m.role in ("user", "assistant"))
    return Verdict("mojibake", score=float(count), threshold=1.0) if count else None


def not_broken(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    texts = turns.messages
    return turns.without(texts.row, texts.judged(turns.spoken & ~texts.ascii(), _broken))


def _broken(text: str) -> int:
    """How many places of a text are broken."""
    if text.isascii():
        return 0
    text = without_code(text)
    return badness(text) + text.count(_LOST)
