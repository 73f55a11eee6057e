"""Reading a model's answer: gates that look at the answer alone, whatever was asked.

empty · refusal · truncated · schema · control_characters · meta
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from curate.augment.verdict import Refused
from curate.llm import Answer
from curate.quality.refusal import refuses

_REFUSAL = re.compile(
    r"^\W*(?:(?:i['’]?m|i am) (?:very |so |really )?sorry\b.{0,60}\b(?:can(?:['’]t|not)|unable|not able)\b"
    r"|i (?:can(?:['’]t|not)|won['’]t|am unable to|am not able to) "
    r"(?:help|assist|comply|rewrite|paraphrase|translate)\b"
    r"|as an? (?:ai\b|large language model|language model))",
    re.IGNORECASE,
)
_META = re.compile(
    r"^\W*(?:(?:sure|certainly|of course|absolutely)\W{1,3}here(?:['’]s| is| are)\b"
    r"|here(?:['’]s| is| are)\b.{0,40}\b(?:paraphras|rewrit|reword|rephras|translat|variant|version)"
    r"|(?:paraphrased?|rewritten|reworded|rephrased|translated|translation)\b[^:\n]{0,30}:)"
    r"|\b(?:user_turns|assistant_turns)\b",
    re.IGNORECASE,
)
_REFUSES = Refused("refusal", "it refuses; rewriting a recorded text is no approval of it")
_ALLOWED = "\n\t\u200c\u200d"  # the joiners are what emoji and some scripts are written with
_HIDDEN = ("Cc", "Cf", "Cs")


class Body(BaseModel):
    """What the JSON of an answer must be: these fields and no others, nothing converted."""

    model_config = ConfigDict(strict=True, extra="forbid")


_B = TypeVar("_B", bound=Body)


def read(answer: Answer, body: type[_B]) -> _B | Refused:
    """The answer's JSON, or the first of these gates that it does not pass."""
    if answer.refusal or answer.finish_reason == "content_filter":
        return _REFUSES
    if not answer.content.strip():
        return Refused("empty", "it is empty")
    if answer.finish_reason == "length":
        return Refused("truncated", "it was too long and was cut off")
    if _REFUSAL.search(answer.content):
        return _REFUSES
    try:
        return body.model_validate_json(answer.content)
    except ValidationError as error:
        return Refused("schema", f"it does not fit the JSON schema ({error.errors()[0]['type']})")


def manner(new: Sequence[str], old: Sequence[str]) -> Refused | None:
    """What a model says about its task, or slips in unseen, unless the old text had it first; text by text,
    or any old text where they are not as many."""
    if _hidden(new) - _hidden(old):
        return Refused("control_characters", "it holds control characters")
    meta = Refused("meta", "it talks about the task; give the text alone")
    pairs = zip(new, old, strict=True) if len(new) == len(old) else [(n, "\n".join(old)) for n in new]
    for text, before in pairs:
        if _declines(text) and not _declines(before):
            return _REFUSES
        if _META.search(text) and not _META.search(before):
            return meta
    return None


def _declines(text: str) -> bool:
    """As a rewriter would, in English, or as an assistant would, in ten languages."""
    return bool(_REFUSAL.search(text)) or refuses(text)


def _hidden(texts: Sequence[str]) -> set[str]:
    return {c for c in set().union(*texts) if c not in _ALLOWED and unicodedata.category(c) in _HIDDEN}
