"""A judge for tests that reads: scores stand in the answer judged, as `[correctness=2]`, else they are 4."""

import json
import re
from typing import Any

CRITERIA = ("question", "correctness", "helpfulness", "clarity")


def grades(criteria: tuple[str, ...] = CRITERIA, **scores: int) -> str:
    """A verdict's JSON."""
    return json.dumps({c: {"reason": f"{c} as seen", "score": scores.get(c, 4)} for c in criteria})


def conversation(body: dict[str, Any]) -> list[dict[str, str]]:
    """What the request asks about."""
    found: list[dict[str, str]] = json.loads(body["messages"][1]["content"])["conversation"]
    return found


def good_verdict(body: dict[str, Any]) -> str:
    said = " ".join(turn["content"] for turn in conversation(body))
    scores = {name: int(score) for name, score in re.findall(r"\[(\w+)=(\d)\]", said)}
    criteria = tuple(body["response_format"]["json_schema"]["schema"]["required"])
    return grades(criteria, **(dict.fromkeys(criteria, scores["all"]) if "all" in scores else scores))
