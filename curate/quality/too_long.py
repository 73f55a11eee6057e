"""too_long: more tokens in the whole conversation than `max_tokens`, estimated.

No tokenizer is at hand here: the model may change and the dataset stays. The estimate is one token for four
ASCII characters, for two of other alphabets, and for one of Chinese, Japanese and Korean, and four more for
each message's role and marks. `train plan` counts exactly, and names what would be truncated.
"""

import re
from typing import TYPE_CHECKING

import numpy as np

from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Texts, Turns
    from schemas.arrays import Bools, Ints

_WIDE = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF))
_IDEOGRAPHS = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in _WIDE)}]")
_MARKS = 4


def too_long(example: Example, settings: Quality) -> Verdict | None:
    tokens = sum(_MARKS + estimate(m.content) + estimate(m.tool_calls or "") for m in example.messages)
    if tokens <= settings.max_tokens:
        return None
    return Verdict("too_long", score=float(tokens), threshold=float(settings.max_tokens))


def estimate(text: str) -> int:
    """Tokens of a text, estimated from its characters."""
    narrow = len(text.encode("ascii", "ignore"))
    wide = 0 if narrow == len(text) else len(_IDEOGRAPHS.findall(text))
    return round(narrow / 4 + (len(text) - narrow - wide) / 2 + wide)


def estimated_tokens(turns: "Turns") -> "Ints":
    """The tokens of each row."""
    parts = _estimates(turns.messages) + _estimates(turns.tool_calls) + _MARKS
    return np.bincount(turns.messages.row, parts, turns.rows).astype(np.int64)


def short_enough(estimated_tokens: "Ints", settings: Quality) -> "Bools":
    """Rows that the rule passes."""
    return estimated_tokens <= settings.max_tokens


def _estimates(texts: "Texts") -> "Ints":
    """`estimate` of each text: what half a token is rounded to is the same in numpy."""
    narrow, wide, other = texts.alphabets(_WIDE)
    return np.rint(narrow / 4 + other / 2 + wide).astype(np.int64)
