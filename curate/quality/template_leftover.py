"""template_leftover: marks of a chat template inside a message: `<|im_start|>`, `[INST]`, `### Response:`.

A model trained on them learns to write them, and then speaks on both sides. Code is left out, and so are the
results of tools. Flagged unless the recipe says more: a conversation about templates holds such marks, too.
Of `<s>` and `</s>` only one without its other half counts: the pair is HTML's strike-through.
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

_MARKER = re.compile(
    r"<\|[a-z][a-z0-9_]{1,30}\|>"
    r"|\[/?INST\]|<</?SYS>>"
    r"|<(?:start|end)_of_turn>|<(?:bos|eos|pad)>"
    r"|</?(?:INSTRUCTION|RESPONSE)>"
    r"|^###[ \t]*(?:Instruction|Input|Response|Human|Assistant|User|System)[ \t]*:"
    r"|^(?:USER|ASSISTANT|SYSTEM):(?!\S)",
    re.MULTILINE,
)
_KNOWN = re.compile(
    r"<\|(?:im_start|im_end|endoftext|begin_of_text|end_of_text|start_header_id|end_header_id|eot_id|eom_id"
    r"|system|user|assistant|end)\|>"
)
_PAIRS = (
    ("<|im_start|>", "<|im_end|>"),
    ("[INST]", "[/INST]"),
    ("<<SYS>>", "<</SYS>>"),
    ("<start_of_turn>", "<end_of_turn>"),
    ("<|start_header_id|>", "<|end_header_id|>"),
    ("<INSTRUCTION>", "</INSTRUCTION>"),
    ("<RESPONSE>", "</RESPONSE>"),
)
_SIGNS = ("<", "INST]", "###", "USER:", "ASSISTANT:", "SYSTEM:")
_LAST_OF_SIGNS = b"<]#:"
# RE2's: what every mark has.
_PART_OF_MARK = (
    r"<[|<]|<(?:start|end)_|<(?:bos|eos|pad)>|</?(?:s>|INSTRUCTION|RESPONSE)|INST\]|###"
    r"|(?:USER|ASSISTANT|SYSTEM):"
)


def template_leftover(example: Example, _: Quality) -> Verdict | None:
    found: Counter[str] = Counter()
    for message in example.messages:
        if message.role in ("user", "assistant") and (marks := _marks(message.content)):
            found.update(marks)
    if not found:
        return None
    unbalanced = any(found[start] != found[end] for start, end in _PAIRS) or bool(
        found["<s>"] + found["</s>"]
    )
    detail = {"markers": sorted(found), "unbalanced": unbalanced}
    return Verdict("template_leftover", score=float(sum(found.values())), threshold=1.0, detail=detail)


def without_marks(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    texts = turns.messages
    unclear = turns.spoken & texts.with_byte(_LAST_OF_SIGNS)
    unclear[unclear] = texts.some(unclear).holding(_PART_OF_MARK)
    return turns.without(texts.row, texts.judged(unclear, _marks))


def _marks(text: str) -> Counter[str] | None:
    """The markers of one message, each as the ledger may show it: no word of the text that is not known."""
    for sign in _SIGNS:
        if sign in text:
            break
    else:
        return None
    text = without_code(text)
    found = Counter(_shown(mark) for mark in _MARKER.findall(text))
    starts, ends = text.count("<s>"), text.count("</s>")
    if starts != ends:
        found.update({mark: n for mark, n in (("<s>", starts), ("</s>", ends)) if n})
    return found


def _shown(mark: str) -> str:
    return mark if not mark.startswith("<|") or _KNOWN.fullmatch(mark) else "<|…|>"
