"""Gates: what an answer must be before it becomes a child. Each refusal has a name for the ledger.

    empty · refusal · truncated · schema · turns · control_characters · meta · unchanged · length
    · literal_lost · literal_added · too_similar · too_different

Similarity is the Jaccard similarity of character 3-gram sets over folded text (case, punctuation and spacing
folded). It tells a copy from a rewording and a rewording from something else altogether; it does not
measure meaning.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

from curate.augment.literals import literals
from curate.llm.request import Answer
from schemas.example import Example, canonical_text

SHORTEST, LONGEST = 0.5, 2.0  # a child's characters over its parent's
_LENGTH_SLACK = 24  # characters: short prompts double easily
MAX_SIMILARITY = 0.85
MIN_SIMILARITY = 0.03
_COMPARABLE = 40  # folded characters; shorter rewordings may share no 3-gram at all
_NAMED = 5  # literals named in a retry

_REFUSAL = re.compile(
    r"^\W*(?:(?:i['’]?m|i am) (?:very |so |really )?sorry\b.{0,60}\b(?:can(?:['’]t|not)|unable|not able)\b"
    r"|i (?:can(?:['’]t|not)|won['’]t|am unable to|am not able to) "
    r"(?:help|assist|comply|rewrite|paraphrase)\b"
    r"|as an? (?:ai\b|large language model|language model))",
    re.IGNORECASE,
)
_META = re.compile(
    r"^\W*(?:(?:sure|certainly|of course|absolutely)\W{1,3}here(?:['’]s| is| are)\b"
    r"|here(?:['’]s| is| are)\b.{0,40}\b(?:paraphras|rewrit|reword|rephras|variant|version)"
    r"|(?:paraphrased?|rewritten|reworded|rephrased)\b[^:\n]{0,30}:)|\buser_turns\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Passed:
    """`similarity` is the child's prompt to its parent's, 0 to 1."""

    user_turns: list[str]
    similarity: float


@dataclass(frozen=True, slots=True)
class Refused:
    """`words` go to the model with a retry; `score` and `threshold` go to the ledger."""

    gate: str
    words: str
    score: float | None = field(default=None)
    threshold: float | None = field(default=None)


class _UserTurns(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    user_turns: list[str]


def judge(parent: Example, answer: Answer) -> Passed | Refused:
    """The rewritten user turns, or the first gate that they do not pass."""
    turns = _turns(answer)
    if isinstance(turns, Refused):
        return turns
    originals = [m.content for m in parent.messages if m.role == "user"]
    refused = _shape(originals, turns) or _manner(originals, turns) or _content(originals, turns)
    if refused:
        return refused
    score = similarity(parent.prompt, "\n".join(turns))
    return _too_near_or_far(parent.prompt, score) or Passed(turns, score)


def _turns(answer: Answer) -> list[str] | Refused:
    if answer.refusal or answer.finish_reason == "content_filter":
        return Refused("refusal", "it refuses; rewriting a recorded text is no approval of it")
    if not answer.content.strip():
        return Refused("empty", "it is empty")
    if answer.finish_reason == "length":
        return Refused("truncated", "it was too long and was cut off")
    if _REFUSAL.search(answer.content):
        return Refused("refusal", "it refuses; rewriting a recorded text is no approval of it")
    try:
        turns = _UserTurns.model_validate_json(answer.content).user_turns
    except ValidationError as error:
        return Refused("schema", f"it does not fit the JSON schema ({error.errors()[0]['type']})")
    return [canonical_text(turn) for turn in turns]


def _shape(originals: list[str], turns: list[str]) -> Refused | None:
    if len(turns) != len(originals):
        words = f"it has {len(turns)} user turns where the conversation has {len(originals)}"
        return Refused("turns", words, len(turns), len(originals))
    if any(not turn and original.strip() for original, turn in zip(originals, turns, strict=True)):
        return Refused("empty", "a user turn is empty")
    if _control_characters(turns) - _control_characters(originals):
        return Refused("control_characters", "it holds control characters")
    return None


def _manner(originals: list[str], turns: list[str]) -> Refused | None:
    """What a model says about its task, unless the user had said it first."""
    for gate, pattern, words in (
        ("refusal", _REFUSAL, "it refuses; rewriting a recorded text is no approval of it"),
        ("meta", _META, "it talks about the task; give the rewritten text alone"),
    ):
        pairs = zip(originals, turns, strict=True)
        if any(pattern.search(turn) and not pattern.search(original) for original, turn in pairs):
            return Refused(gate, words)
    return None


def _content(originals: list[str], turns: list[str]) -> Refused | None:
    if [_folded(t) for t in turns] == [_folded(t) for t in originals]:
        return Refused("unchanged", "it repeats the original; use other words")
    before, after = sum(map(len, originals)), sum(map(len, turns))
    ratio = after / max(1, before)
    if not SHORTEST <= ratio <= LONGEST and abs(after - before) > _LENGTH_SLACK:
        bound = LONGEST if ratio > LONGEST else SHORTEST
        words = "it is much longer than the original" if ratio > 1 else "it is much shorter than the original"
        return Refused("length", words, ratio, bound)
    for original, turn in zip(originals, turns, strict=True):
        had, has = literals(original), literals(turn)
        if had - has:
            return Refused("literal_lost", f"these must be copied exactly: {_listed(had - has)}")
        if has - had:
            return Refused("literal_added", f"these do not stand in the original turn: {_listed(has - had)}")
    return None


def _too_near_or_far(prompt: str, score: float) -> Refused | None:
    if score > MAX_SIMILARITY:
        words = "it is nearly the original; use other words and another structure"
        return Refused("too_similar", words, score, MAX_SIMILARITY)
    if score < MIN_SIMILARITY and len(_folded(prompt)) >= _COMPARABLE:
        words = "it has nothing in common with the original; keep its language and meaning"
        return Refused("too_different", words, score, MIN_SIMILARITY)
    return None


def similarity(left: str, right: str) -> float:
    """Jaccard similarity of the sets of character 3-grams, folded; 1.0 for two texts without any."""
    a, b = _grams(left), _grams(right)
    return len(a & b) / len(a | b) if a | b else 1.0


def _grams(text: str) -> set[str]:
    folded = _folded(text)
    return {folded[i : i + 3] for i in range(max(1, len(folded) - 2))} if folded else set()


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _control_characters(texts: list[str]) -> set[str]:
    """Invisible ones too, but for the joiners that emoji and some scripts are written with."""
    allowed = "\n\t\u200c\u200d"
    hidden = ("Cc", "Cf", "Cs")
    return {c for text in texts for c in text if unicodedata.category(c) in hidden and c not in allowed}


def _listed(values: frozenset[str]) -> str:
    named = sorted(values)
    rest = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return json.dumps(named[:_NAMED], ensure_ascii=False) + rest
