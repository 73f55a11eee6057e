"""The stage over a real completer and a real server: children in train alone, apart, and all told."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curate.augment.dead_letters import FILE, DeadLetter, write
from curate.augment.strategy import LONGEST_TEXT
from curate.llm import make_completer, settings_of
from curate.llm.traffic import Patience
from curate.similarity.index import near_pairs
from curate.similarity.words import spoken_all
from curate.stages.augment import Augment
from curate.stages.edits import EditsOnRows
from schemas.canonical import to_json
from schemas.decision import Decision, Ruling
from schemas.example import Example, Message, hash_messages
from schemas.ledger import Event
from schemas.recipe import Augment as AugmentSettings
from schemas.recipe import Dedup
from schemas.stage import Outcome, Stage

QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, timeout_s=5.0)
Run = Callable[..., Outcome]
MakeExample = Callable[..., Example]


@pytest.fixture
def run(endpoint: Any, tmp_path: Path) -> Run:
    def run(rows: Sequence[Example], filters: Sequence[Stage] = (), **changes: Any) -> Outcome:
        def buried(letters: Sequence[DeadLetter]) -> None:
            write(tmp_path / FILE, letters)

        settings = AugmentSettings(**{"strategies": {"paraphrase": 1}, **endpoint.section(), **changes})
        asking = settings_of("augment", settings)
        complete = make_completer(asking, tmp_path / "answers.db", lambda _line: None, QUICK)
        stage = Augment(settings, complete, filters, Dedup(), root=tmp_path, bury=buried)
        outcome = stage(rows)
        closes(rows, outcome)
        return outcome

    return run


@pytest.fixture
def rows(make_example: MakeExample) -> list[Example]:
    splits = ["train"] * 8 + ["validation", "test"]
    return [make_example(number, splits[number % 10]) for number in range(40)]


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


def test_a_child_near_a_validation_or_test_row_is_dropped(
    endpoint: Any, run: Run, make_example: MakeExample
) -> None:
    held_out, tested = make_example(1, "validation"), make_example(2, "test")
    parents = [
        replace(row, messages=(Message("user", f"{row.prompt} again?"), Message("assistant", answer)))
        for row, answer in ((make_example(3), held_out.answer), (make_example(4), tested.answer))
    ]
    # The model remembers the held-out questions, and a paraphrase with the same literals can be one of them.
    parents = [
        replace(p, messages=(Message("user", _with_number(p.prompt, n)), p.messages[1]))
        for p, n in zip(parents, ("10001", "10002"), strict=True)
    ]
    endpoint.mood = says(**{parents[0].prompt: held_out.prompt, parents[1].prompt: tested.prompt})
    outcome = run([*parents, held_out, tested])
    dropped = [e for e in outcome.events if e.action == "dropped"]
    assert [(e.reason, e.matched_id, e.score) for e in dropped] == [
        ("leak:validation", held_out.example_id, 1.0),
        ("leak:test", tested.example_id, 1.0),
    ]
    assert children(outcome) == []


def test_a_child_that_asks_a_held_out_question_is_dropped_whatever_it_answers(
    endpoint: Any, run: Run, make_example: MakeExample
) -> None:
    tested, parent = make_example(2, "test"), make_example(3)
    parent = replace(
        parent,
        messages=(Message("user", _with_number(f"{parent.prompt} again?", "10002")), parent.messages[1]),
    )
    assert len(near_pairs(spoken_all([parent, tested]), Dedup())) == 0, "the answers keep them apart"
    endpoint.mood = says(**{parent.prompt: tested.prompt})
    outcome = run([parent, tested])
    assert [(e.reason, e.matched_id) for e in outcome.events if e.action == "dropped"] == [
        ("leak:test", tested.example_id)
    ]


def _with_number(text: str, number: str) -> str:
    return " ".join(number if word.isdigit() else word for word in text.split(" "))


def test_a_child_may_share_a_long_answer_with_its_family(run: Run, make_example: MakeExample) -> None:
    long_answer = " ".join(make_example(number).prompt for number in range(100, 110))
    parent = make_example(
        1, messages=(Message("user", make_example(1).prompt), Message("assistant", long_answer))
    )
    outcome = run([parent], strategies={"paraphrase": 2})
    assert len(children(outcome)) == 2
    assert {p.jaccard > 0.8 for p in near_pairs(spoken_all(outcome.rows), Dedup())} == {True}


def test_no_pair_crosses_the_splits(run: Run, rows: list[Example]) -> None:
    outcome = run(rows, strategies={"paraphrase": 2})
    for pair in near_pairs(spoken_all(outcome.rows), Dedup()):
        assert {outcome.rows[pair.i].split, outcome.rows[pair.j].split} == {"train"}


def test_of_two_equal_children_one_stays(endpoint: Any, run: Run, make_example: MakeExample) -> None:
    parent = make_example(5)
    same = "About order 10005: which " + " ".join(w for w in parent.prompt.split()[3:] if not w.isdigit())
    endpoint.mood = says(**{parent.prompt: same})
    outcome = run([parent], strategies={"paraphrase": 3})
    assert len(children(outcome)) == 1
    assert reasons(outcome, "dropped") == {"near_duplicate": 2}


def test_a_child_near_another_train_row_is_dropped(
    endpoint: Any, run: Run, make_example: MakeExample
) -> None:
    other = make_example(6)
    parent = make_example(
        7,
        messages=(Message("user", _with_number(make_example(7).prompt, "10006")), *other.messages[1:]),
    )
    endpoint.mood = says(**{parent.prompt: other.prompt})
    outcome = run([parent, other])
    dropped = [e for e in outcome.events if e.action == "dropped"]
    assert [(e.reason, e.matched_id) for e in dropped] == [("near_duplicate", other.example_id)]


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


def test_a_child_that_a_reviewer_keeps_stays_flagged(
    endpoint: Any, run: Run, make_example: MakeExample
) -> None:
    other = make_example(6)
    parent = make_example(
        7,
        messages=(Message("user", _with_number(make_example(7).prompt, "10006")), *other.messages[1:]),
    )
    endpoint.mood = says(**{parent.prompt: f"Please: {other.prompt}"})
    child_id = next(e.example_id for e in run([parent, other]).events if e.action == "dropped")
    ruling = Ruling(child_id, (Decision(1, child_id, "ada", "keep"),))
    outcome = run([parent, other], filters=[EditsOnRows({child_id: ruling})])
    assert reasons(outcome, "kept_by_review") == {"near_duplicate": 1}
    assert "near_duplicate" in children(outcome)[0].flags


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
    for event in run(rows).events:
        to_json(event.detail)


EVERY = {
    "paraphrase": 1,
    "paraphrase_answer": 2,
    "paraphrase_both": 1,
    "back_translation": {"languages": ["de"]},
    "variation": 1,
    "self_instruct": 1,
    "mine": {"prompt": "mine.md", "rewrites": "both"},
}


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


@pytest.mark.parametrize("strategy", sorted(EVERY))
def test_no_strategy_brings_a_held_out_row_into_train(
    endpoint: Any, run: Run, make_example: MakeExample, tmp_path: Path, strategy: str
) -> None:
    """The model knows the test row by heart and says it whenever the gates allow."""
    (tmp_path / "mine.md").write_text("Rewrite both sides.")
    tested = make_example(2, "test")
    texts = (_with_number(f"{tested.prompt} again or not", "10002"), f"{tested.answer} so they say")
    turned = [" ".join(reversed(text.split(" "))) for text in texts]
    parents = [
        make_example(n, messages=(Message("user", turned[0]), Message("assistant", turned[1])))
        for n in (4, 5)
    ]
    parents[1] = make_example(6)

    def mood(_n: int, body: dict[str, Any]) -> str:
        fields = body["response_format"]["json_schema"]["schema"]["required"]
        known = {
            "user_turns": [tested.prompt],
            "assistant_turns": [tested.answer],
            "user": tested.prompt,
            "assistant": tested.answer,
        }
        if "translations" not in fields:
            return json.dumps({field: known[field] for field in fields})
        payload = json.loads(body["messages"][1]["content"])
        return "good" if payload["language"] == "German" else json.dumps({"translations": [tested.prompt]})

    endpoint.mood = mood
    outcome = run([*parents, tested], strategies={strategy: EVERY[strategy]})
    spoken = [(child.prompt, child.answer) for child in children(outcome)]
    assert tested.prompt not in [prompt for prompt, _ in spoken]
    assert (tested.prompt, tested.answer) not in spoken
    leaks = [e for e in outcome.events if e.reason == "leak:test"]
    assert {e.matched_id for e in leaks} <= {tested.example_id}
    if strategy in ("self_instruct", "paraphrase_both", "mine"):
        assert leaks, "a child was made of the test row, and it was found"


def test_a_new_example_that_repeats_a_seed_is_no_family(
    endpoint: Any, run: Run, make_example: MakeExample
) -> None:
    long_answer = " ".join(make_example(number).prompt for number in range(100, 108))
    rows = [
        make_example(n, messages=(make_example(n).messages[0], Message("assistant", f"{n} {long_answer}")))
        for n in range(4)
    ]

    def mood(_n: int, body: dict[str, Any]) -> str:
        said = json.loads(body["messages"][1]["content"])["examples"][0][1]["content"]
        return json.dumps({"user": make_example(50).prompt, "assistant": said})

    endpoint.mood = mood
    outcome = run(rows, strategies={"self_instruct": 1})
    assert children(outcome) == []
    assert reasons(outcome, "dropped") == {"near_duplicate": 4}


def test_siblings_with_new_answers_to_one_question_stay_and_equal_ones_do_not(
    endpoint: Any, run: Run, make_example: MakeExample
) -> None:
    parent = make_example(3)
    assert len(children(run([parent], strategies={"paraphrase_answer": 2}))) == 2
    words = parent.answer.split(" ")
    same = " ".join(["That", "is", *words[:2], "said", "otherwise:", *words[3::2], "10003", "then"])
    endpoint.mood = lambda _n, _body: json.dumps({"assistant_turns": [same]})
    other = make_example(4, messages=(parent.messages[0], Message("assistant", f"{parent.answer} or so")))
    assert len(children(run([other], strategies={"paraphrase_answer": 2}))) <= 1


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
