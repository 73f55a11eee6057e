"""What the tests of the augment stage ask of an outcome, and how they make a server answer."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from schemas.example import Example
from schemas.stage import Outcome

Run = Callable[..., Outcome]
MakeExample = Callable[..., Example]


def closes(rows: Sequence[Example], outcome: Outcome) -> None:
    came = Counter(row.example_id for row in rows)
    came.update(e.example_id for e in outcome.events if e.action == "created")
    went = Counter(row.example_id for row in outcome.rows)
    went.update(e.example_id for e in outcome.events if e.action == "dropped")
    assert came == went


def children(outcome: Outcome) -> list[Example]:
    return [row for row in outcome.rows if row.parent_id is not None]


def reasons(outcome: Outcome, action: str) -> Counter[str]:
    return Counter(e.reason for e in outcome.events if e.action == action)


def says(**answers: str) -> Callable[[int, dict[str, Any]], str]:
    """A mood that gives one reworded question for each text it is asked about, and goes on well otherwise."""

    def mood(_n: int, body: dict[str, Any]) -> str:
        payload = json.loads(body["messages"][1]["content"])
        asked = payload["conversation"][0]["content"]
        found = answers.get(asked)
        return json.dumps({"user_turns": [found]}) if found else "good"

    return mood


EVERY = {
    "paraphrase": 1,
    "paraphrase_answer": 2,
    "paraphrase_both": 1,
    "back_translation": {"languages": ["de"]},
    "variation": 1,
    "self_instruct": 1,
    "mine": {"prompt": "mine.md", "rewrites": "both"},
}
