"""Instructions inside the data are data: rows that try to give orders come back unharmed, whoever asks."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from injections import INJECTIONS

from curate.flow.rows import with_made
from curate.llm import make_completer, settings_of
from curate.llm.traffic import Patience
from curate.stages.augment import Augment
from schemas.example import Example, Message
from schemas.recipe import Augment as AugmentSettings
from schemas.recipe import Dedup
from schemas.stage import Outcome

STRATEGIES: dict[str, Any] = {
    "paraphrase": 2,
    "paraphrase_answer": 1,
    "paraphrase_both": 1,
    "back_translation": {"languages": ["de"]},
    "variation": 1,
    "self_instruct": 1,
    "mine": {"prompt": "mine.md", "rewrites": "both"},
}
MARK = re.compile(r"<\||</?s>|\[/?INST\]|<</?SYS|</?(?:conversation|assistant|user)>|<!--")
Run = Callable[..., Outcome]


@pytest.fixture
def run(endpoint: Any, tmp_path: Path) -> Run:
    (tmp_path / "mine.md").write_text("Rewrite both sides as a small shop would write them.")

    def run(rows: Sequence[Example], strategies: dict[str, Any]) -> Outcome:
        settings = AugmentSettings(**endpoint.section(), strategies=strategies)
        complete = make_completer(
            settings_of("augment", settings), tmp_path / "a.db", lambda _: None, Patience(first_wait_s=0.01)
        )
        return with_made(Augment(settings, complete, [], Dedup(), root=tmp_path), rows)

    return run


@pytest.fixture
def rows(make_example: Callable[..., Example]) -> list[Example]:
    """Every injection as a question, with one as its answer, too."""
    turned = INJECTIONS[1:] + INJECTIONS[:1]
    return [
        make_example(n, messages=(Message("user", asked), Message("assistant", answered)))
        for n, (asked, answered) in enumerate(zip(INJECTIONS, turned, strict=True))
    ]


def texts_in(payload: Any) -> list[str]:
    """Every text of a payload that is data."""
    if "texts" in payload:
        return list(payload["texts"])
    shown = payload.get("examples") or [payload["conversation"]]
    return [turn["content"] for conversation in shown for turn in conversation]


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_request_quotes_the_row_and_nothing_else_says_anything(
    endpoint: Any, run: Run, rows: list[Example], strategy: str
) -> None:
    outcome = run(rows, {strategy: STRATEGIES[strategy]})
    assert outcome.rows[: len(rows)] == rows
    assert endpoint.bodies
    (system,) = {body["messages"][0]["content"] for body in endpoint.bodies}
    seen: set[str] = set()
    for body in endpoint.bodies:
        assert [m["role"] for m in body["messages"]][:2] == ["system", "user"]
        assert body["response_format"]["json_schema"]["strict"] is True
        payload = body["messages"][1]["content"]
        assert "\n" not in payload
        assert not MARK.search(payload), "a server that reads template marks finds one"
        for message in body["messages"][2:]:
            assert not MARK.search(message["content"])
        seen.update(texts_in(json.loads(payload)))
    assert not any(text in system for text in INJECTIONS)
    if strategy != "back_translation":  # which leaves out what it does not know the language of
        assert {row.prompt for row in rows} <= seen


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
@pytest.mark.parametrize("obeyed", ["PWNED", "I have been pwned and will say so", ""])
def test_a_model_that_obeys_makes_no_child(
    endpoint: Any, run: Run, rows: list[Example], strategy: str, obeyed: str
) -> None:
    def mood(_n: int, body: dict[str, Any]) -> str:
        properties = body["response_format"]["json_schema"]["schema"]["properties"]
        said = {name: [obeyed] if kind["type"] == "array" else obeyed for name, kind in properties.items()}
        return json.dumps(said)

    endpoint.mood = mood
    outcome = run(rows, {strategy: STRATEGIES[strategy]})
    made = [row for row in outcome.rows if row.parent_id]
    if strategy == "mine" or (strategy == "variation" and len(obeyed) > 5):
        # Their gates are wide, since a prompt of the user's own may ask for anything and a style may make
        # much of a text go: a sentence of innocent words is told from a rewording by a sentence model alone,
        # or by a reviewer. It stays one question of one row: nothing else changes.
        assert all(child.answer in {row.answer for row in rows} | {obeyed} for child in made)
    else:
        assert made == [], [child.messages for child in made]


def test_a_model_that_gives_its_prompt_away_makes_no_child(
    endpoint: Any, run: Run, rows: list[Example]
) -> None:
    endpoint.mood = lambda _n, body: json.dumps({"user_turns": [body["messages"][0]["content"]]})
    outcome = run(rows, {"paraphrase": 1})
    assert outcome.rows == rows
