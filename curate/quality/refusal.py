"""refusal: an answer opens as a model's refusal does, or speaks of itself as an AI.

Such rows teach a model to refuse. Flagged, not dropped: a refusal may be the right answer. What a shop cannot
do for a customer (`I can't find that order`, `we cannot refund after 30 days`) is no refusal.
"""

import re

from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

_OPENING = 300  # characters

_CANNOT = (
    r"(?:can(?:['’]t|not| not)|won['’]t|will not|must decline to|am (?:not able|unable) to|"
    r"(?:do not|don['’]t) feel comfortable)"
)
_DO = (
    r"(?:assist|help|comply|engage|provide|fulfil+|answer|continue|create|generate|"
    r"assisting|helping|providing|answering|creating|generating)"
)
_WHAT = r"(?:this|that|these|those|such|your request|any (?:such|kind))"
_REFUSAL = re.compile(
    r"\bas an? (?:AI|artificial intelligence)(?: language)?(?: model| assistant)?\b"
    r"|\bI(?:['’]m| am) (?:just |only )?an? (?:AI|large) (?:language )?(?:model|assistant)\b"
    rf"|\bI {_CANNOT} {_DO}(?: you)?(?: with| in| to)? {_WHAT}\b"
    rf"|\bI['’]m (?:sorry|afraid),? but I {_CANNOT} (?:do|help with|assist with) (?:this|that)\b"
    r"|\b(?:against|violates?) (?:my|our|OpenAI['’]s) "
    r"(?:programming|guidelines|content polic|use[- ]case polic|ethic)",
    re.IGNORECASE,
)


def refusal(example: Example, settings: Quality) -> Verdict | None:  # noqa: ARG001
    for message in example.messages:
        if message.role == "assistant" and _REFUSAL.search(message.content[:_OPENING]):
            return Verdict("refusal")
    return None
