"""Children stand apart: from held-out rows, from other train rows and from each other."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from augmenting import EVERY, MakeExample, Run, children, reasons, says

from curate.similarity.index import near_pairs
from curate.similarity.words import spoken_all
from curate.stages.edits import EditsOnRows
from schemas.decision import Decision, Ruling
from schemas.example import Example, Message
from schemas.recipe import Dedup


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
