"""too_long: more tokens in the whole conversation than `max_tokens`, estimated.

No tokenizer is at hand here: the model may change and the dataset stays. The estimate is one token for four
ASCII characters, for two of other alphabets, and for one of Chinese, Japanese and Korean, and four more for
each message's role and marks. `train plan` counts exactly, and names what would be truncated.
"""

import re

from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
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
