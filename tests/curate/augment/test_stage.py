"""The stage over a real completer and a real server: children in train alone, and all told."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from augmenting import EVERY, MakeExample, Run, children, reasons

from curate.augment.dead_letters import FILE
from curate.augment.strategy import LONGEST_TEXT
from curate.similarity.index import near_pairs
from curate.similarity.words import spoken_all
from curate.stages.edits import EditsOnRows
from schemas.canonical import to_json
from schemas.decision import Decision, Ruling
from schemas.example import Example, Message, hash_messages
from schemas.ledger import Event
from schemas.recipe import Dedup
from schemas.stage import Outcome


def test_children_inherit_from_their_parents(run: Run, rows: list[Example]) -> None:
    outcome = run(rows, strategies={"paraphrase": 2})
    parents = {row.example_id: row for row in rows if row.split == "train"}
    made = children(outcome)
    assert outcome.rows[: len(rows)] == rows
    assert len(made) == 2 * len(parents) == 64
    for child in made:
        parent = parents[child.parent_id or ""]
        for name in ("split", "group_id", "source", "line", "tags", "priority", "answer"):
            assert getattr(child, name) == getattr(parent, name)
        assert child.origin == "augmented"
        assert child.example_id == hash_messages(child.messages) != parent.example_id
        assert child.prompt != parent.prompt
    created = [e for e in outcome.events if e.action == "created"]
    assert [e.matched_id for e in created] == [c.parent_id for c in made]
    assert {e.reason for e in created} == {"paraphrase"}
    assert created[1].detail == made[1].metadata["augment"]
    assert created[1].detail["sample"] == 1
    assert created[1].detail["model"] == "parrot-1"


def test_the_second_build_is_the_same_to_the_byte_and_asks_nothing(
    endpoint: Any, run: Run, rows: list[Example]
) -> None:
    moods = ("good", "500", "not json", "refusal", "good", "good")
    endpoint.mood = lambda n, _body: moods[n * 7 % len(moods)]
    first = run(rows, strategies={"paraphrase": 2}, concurrency=8)
    asked = endpoint.requests
    second = run(rows, strategies={"paraphrase": 2}, concurrency=3)
    assert endpoint.requests == asked
    assert repr(second) == repr(first)
    assert reasons(first, "flagged")


def test_an_answer_that_a_gate_refuses_is_asked_once_more_with_the_reason(
    endpoint: Any, run: Run, rows: list[Example]
) -> None:
    endpoint.mood = lambda _n, body: "good" if len(body["messages"]) > 2 else "that is no JSON"
    outcome = run(rows)
    assert len(children(outcome)) == 32
    assert endpoint.requests == 64
    retry = endpoint.bodies[-1]["messages"]
    assert [m["role"] for m in retry] == ["system", "user", "assistant", "user"]
    assert "does not fit the JSON schema" in retry[3]["content"]


def test_an_answer_refused_twice_is_a_flag_on_the_parent(
    endpoint: Any, run: Run, rows: list[Example]
) -> None:
    endpoint.mood = lambda _n, _body: "refusal"
    outcome = run(rows)
    assert outcome.rows == rows
    assert reasons(outcome, "flagged") == {"augment:refusal": 32}
    assert {e.example_id for e in outcome.events} == {r.example_id for r in rows if r.split == "train"}
    run(rows)
    assert endpoint.requests == 64


def test_what_money_does_not_reach_is_told(run: Run, rows: list[Example]) -> None:
    outcome = run(rows, max_usd=0.02)
    made = len(children(outcome))
    assert 0 < made < 32
    assert reasons(outcome, "flagged") == {"augment:budget": 32 - made}


class _NoOrders:
    """A row filter as a user might write it."""

    name = "quality"
    version = 1
    scope = "row"

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        odd = [row for row in rows if int(row.line) % 2]
        events = [Event(row.example_id, "quality", "dropped", "odd_line", score=1.0) for row in odd]
        return Outcome([row for row in rows if row not in odd], events)


def test_children_pass_the_filters(run: Run, rows: list[Example]) -> None:
    outcome = run(rows, filters=[_NoOrders()])
    dropped = [e for e in outcome.events if e.action == "dropped"]
    assert {(e.stage, e.reason, e.score) for e in dropped} == {("augment", "quality:odd_line", 1.0)}
    assert len(dropped) + len(children(outcome)) == 32
    assert len(dropped) == 16


def test_a_reviewers_verdict_on_a_child_holds(run: Run, rows: list[Example]) -> None:
    bad = children(run(rows))[3]
    ruling = Ruling(bad.example_id, (Decision(1, bad.example_id, "ada", "drop"),))
    outcome = run(rows, filters=[EditsOnRows({bad.example_id: ruling})])
    dropped = [e for e in outcome.events if e.action == "dropped"]
    assert [(e.example_id, e.reason, e.actor) for e in dropped] == [(bad.example_id, "edits:review", "ada")]


def test_only_train_rows_that_are_no_children_are_asked_about(
    endpoint: Any, run: Run, make_example: MakeExample
) -> None:
    run([make_example(1, "validation"), make_example(2, "test"), make_example(3, parent_id="x")])
    assert endpoint.requests == 0


def test_a_row_that_cannot_be_a_parent_is_told(endpoint: Any, run: Run, make_example: MakeExample) -> None:
    long = make_example(1, messages=(Message("user", "x" * (LONGEST_TEXT + 1)), Message("assistant", "y")))
    mute = make_example(2, messages=(Message("user", " "), Message("assistant", "Hello!")))
    outcome = run([long, mute])
    assert reasons(outcome, "flagged") == {"augment:too_long": 1, "augment:no_user_turn": 1}
    assert endpoint.requests == 0


def test_events_are_plain_enough_for_the_ledger(run: Run, rows: list[Example]) -> None:
    events = run(rows).events
    assert events
    assert all(json.loads(to_json(event.detail)) == event.detail for event in events)


def test_every_strategy_makes_children_in_train_alone(
    run: Run, rows: list[Example], tmp_path: Path, endpoint: Any
) -> None:
    (tmp_path / "mine.md").write_text("Rewrite both sides in the style of a shop in a small town.")
    outcome = run(rows, strategies=EVERY)
    made = children(outcome)
    parents = {row.example_id: row for row in rows}
    by_strategy = Counter(child.metadata["augment"]["strategy"] for child in made)
    assert by_strategy.keys() == EVERY.keys()
    assert min(by_strategy.values()) >= 20
    for child in made:
        parent = parents[child.parent_id or ""]
        assert (child.split, child.group_id, child.tags) == ("train", parent.group_id, parent.tags)
        for seed in child.metadata["augment"].get("seeds", ()):
            assert parents[seed].split == "train"
    for pair in near_pairs(spoken_all(outcome.rows), Dedup()):
        assert {outcome.rows[pair.i].split, outcome.rows[pair.j].split} == {"train"}
    asked = endpoint.requests
    assert repr(run(rows, strategies=EVERY)) == repr(outcome)
    assert endpoint.requests == asked


def test_waves_make_what_one_makes(
    run: Run, rows: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.md").write_text("Rewrite both sides in the style of a shop in a small town.")
    filters = [_NoOrders()]
    whole = run(rows, filters=filters, strategies=EVERY)
    monkeypatch.setattr("curate.stages.augment.WAVE", 7)
    waves = run(rows, filters=filters, strategies=EVERY)
    assert waves.rows == whole.rows
    assert sorted(map(repr, waves.events)) == sorted(map(repr, whole.events))
    assert reasons(whole, "dropped")


def test_children_that_could_not_be_made_are_dead_letters(
    endpoint: Any, run: Run, rows: list[Example], tmp_path: Path
) -> None:
    endpoint.mood = lambda _n, body: "that is no JSON" if "10003" in str(body) else "good"
    run(rows, strategies={"paraphrase": 2})
    letters = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert [(letter["parent_id"], letter["sample"]) for letter in letters] == [
        (rows[3].example_id, 0),
        (rows[3].example_id, 1),
    ]
    letter = letters[0]
    assert (letter["source"], letter["line"], letter["strategy"]) == ("shop.jsonl", 4, "paraphrase")
    assert (letter["reason"], letter["answer"]) == ("schema", "that is no JSON")
    assert letter["prompt"].startswith("paraphrase-")
    assert len(letter["request"]) == 64
    endpoint.mood = lambda _n, _body: "good"
    run(rows[:1])
    assert not (tmp_path / FILE).exists()


def test_retries_are_as_many_as_asked_for(endpoint: Any, run: Run, make_example: MakeExample) -> None:
    endpoint.mood = lambda _n, _body: "no JSON"
    run([make_example(1)], retries=0)
    assert endpoint.requests == 1
    run([make_example(2)], retries=3)
    assert endpoint.requests == 5
    assert [m["role"] for m in endpoint.bodies[-1]["messages"][2:]] == ["assistant", "user"] * 3
