"""Rows that ask the same and answer otherwise, or answer the same to other questions: flagged, and kept."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from curate.duplicates.flags import MOST_FLAGGED
from curate.flow.rows import applied
from curate.stages.dedup import Dedup
from schemas import recipe
from schemas.example import Example, Message, hash_messages
from schemas.stage import Outcome

NEAR = recipe.Dedup()
LONG = " ".join(f"word{n}" for n in range(40))
ANSWER = (
    "You can return any unworn item to us by post within 30 days of delivery for a full refund of the price"
)


def ids(rows: Sequence[Example]) -> list[str]:
    return [r.example_id for r in rows]


def reasons(outcome: Outcome) -> Counter[tuple[str, str]]:
    return Counter((e.action, e.reason) for e in outcome.events)


def test_contradictions_are_flagged_on_both_sides_and_kept(row: Callable[..., Example]) -> None:
    one, other = row("Can I return shoes?", ANSWER), row("can I return shoes", ANSWER.replace("30", "60"))
    outcome = applied(Dedup(NEAR), [one, other])
    assert ids(outcome.rows) == ids([one, other])
    assert [r.flags for r in outcome.rows] == [("contradiction",)] * 2
    assert {(e.example_id, e.matched_id) for e in outcome.events} == {
        (one.example_id, other.example_id),
        (other.example_id, one.example_id),
    }
    assert all(e.detail["differs"] == "numbers" and e.score for e in outcome.events)
    assert len({r.group_id for r in outcome.rows}) == 1


def test_a_contradiction_below_the_joined_threshold(row: Callable[..., Example]) -> None:
    one, other = (
        row("Do you ship to Norway?", "Yes, gladly."),
        row("do you ship to Norway", "No, sorry, never so far"),
    )
    outcome = applied(Dedup(NEAR), [one, row("Do cats purr?", LONG), other])
    assert reasons(outcome) == {("flagged", "contradiction"): 2}
    assert all(e.score == 1.0 for e in outcome.events)


def test_two_products_are_two_questions(row: Callable[..., Example]) -> None:
    asked = "I am planning a long walk in the hills with my dog this June and ask the price of the "
    rows = [row(asked + "glove", "28 euros for a glove"), row(asked + "fleece", "Any fleece costs 63 euros")]
    assert applied(Dedup(NEAR), rows).events == []
    assert reasons(
        applied(Dedup(NEAR), [rows[0], replace(rows[1], messages=(rows[0].messages[0], rows[1].messages[1]))])
    )


def test_one_answer_to_different_questions(row: Callable[..., Example]) -> None:
    rows = [row("Where is my parcel?", ANSWER), row("Which colours are there in a size nine", ANSWER)]
    outcome = applied(Dedup(NEAR), rows)
    assert ids(outcome.rows) == ids(rows)
    assert reasons(outcome) == {("flagged", "same_answer"): 2}
    assert len({r.group_id for r in outcome.rows}) == 2, "an answer alone ties no rows together"


def test_short_answers_and_symbols_say_nothing(row: Callable[..., Example]) -> None:
    rows = [
        row("Is it red or blue?", "Red."),
        row("Which lamp is on now", "red"),
        row("👍", "👎"),
        row("👎", "👎"),
    ]
    outcome = applied(Dedup(NEAR), rows)
    assert outcome.rows == [replace(r, group_id=r.example_id) for r in rows]
    assert outcome.events == []


def test_a_template_filled_twice_is_a_duplicate(row: Callable[..., Example]) -> None:
    rows = [row(f"Where is order {n}", f"Order {n} {LONG} {LONG[::-1]}") for n in (412, 477)]
    outcome = applied(Dedup(NEAR), rows)
    assert reasons(outcome) == {("dropped", "near_duplicate"): 1}
    assert outcome.events[0].detail["differs"] == "numbers"


def test_greetings_flag_few_rows_and_say_how_many_there_are(row: Callable[..., Example]) -> None:
    chance = random.Random(1)
    rows = [row("Hi!", " ".join(chance.choices(LONG.split(), k=8)) + f" {n}") for n in range(400)]
    outcome = applied(Dedup(NEAR), rows)
    flagged = [e for e in outcome.events if e.reason == "contradiction"]
    assert len(flagged) == MOST_FLAGGED
    assert {e.detail["rows"] for e in flagged} == {400}


def test_sums_with_other_operators_are_other_questions(row: Callable[..., Example]) -> None:
    sums = [
        ("2 + 2", "4"),
        ("2 * 2", "4"),
        ("3 + 4", "7"),
        ("3 - 4", "-1"),
        ("3 ≤ 4", "True"),
        ("3 > 4", "False"),
    ]
    asked = "Please work out the following for me, step by step, and say at the end what it is: "
    for before in ("What is ", asked):
        rows = [row(f"{before}{question}", answer) for question, answer in sums]
        assert applied(Dedup(NEAR), rows).events == []
    again = [row("What is 3 + 4", "7"), row("What is 3 - 4", "-1"), row("what is 3+4?", "8")]
    outcome = applied(Dedup(NEAR), again)
    assert [r.flags for r in outcome.rows] == [("contradiction",), (), ("contradiction",)]


def calling(
    row: Callable[..., Example], asked: str, *calls: dict[str, object], result: str = "done"
) -> Example:
    functions = [{"type": "function", "function": {"name": "lamp", "arguments": call}} for call in calls]
    messages = (
        Message("user", asked),
        Message("assistant", "", tool_calls=json.dumps(functions)),
        Message("tool", result, tool_call_id="1"),
        Message("assistant", "I have asked the house to see to it for you."),
    )
    return replace(row("", ""), example_id=hash_messages(messages), messages=messages)


def test_other_calls_for_one_question_contradict(row: Callable[..., Example]) -> None:
    hall, cellar = {"room": "hall", "on": True}, {"room": "cellar", "on": True}
    asked = "Please turn on the lamp"
    rows = [calling(row, asked, hall), calling(row, asked, cellar), calling(row, asked, cellar, hall)]
    outcome = applied(Dedup(NEAR), rows)
    assert [r.flags for r in outcome.rows] == [("contradiction",)] * 3
    assert {e.detail["differs"] for e in outcome.events} == {"calls"}
    again = [rows[2], calling(row, asked + "!", {"on": True, "room": "hall"}, cellar)]
    assert reasons(applied(Dedup(NEAR), again)) == {("dropped", "near_duplicate"): 1}


def test_other_calls_for_another_question_are_kept(row: Callable[..., Example]) -> None:
    asked = "I am at home all day today and so I would like to have light: please turn on the lamp of the "
    rows = [calling(row, asked + room, {"room": room}) for room in ("hall", "cellar")]
    assert applied(Dedup(NEAR), rows).events == []
    numbered = [calling(row, f"In room {n} {asked}window, that of the door too", {"room": n}) for n in (1, 2)]
    assert reasons(applied(Dedup(NEAR), numbered)) == {("dropped", "near_duplicate"): 1}


def test_one_question_whose_tools_answer_otherwise(row: Callable[..., Example]) -> None:
    rows = [calling(row, "Turn on the lamp", {"n": 1}, result=said) for said in ("done", "it is broken")]
    rows.append(calling(row, "turn on the lamp", {"n": 2}, result="it is broken"))
    outcome = applied(Dedup(NEAR), rows)
    assert [set(r.flags) for r in outcome.rows] == [
        {"contradiction", "same_answer"},
        {"contradiction", "same_answer"},
        {"contradiction"},
    ]
    assert {(e.reason, e.detail["differs"]) for e in outcome.events} == {
        ("same_answer", "results"),
        ("contradiction", "numbers"),
    }


def test_a_short_answer_to_other_questions_merges_nothing(row: Callable[..., Example]) -> None:
    asked = "Is the parcel with all that I bought last week in your shop really going to be here by the "
    rows = [row(f"{asked}{day}.", "Yes.") for day in ("3rd", "4th", "4th!")]
    rows.append(row(rows[0].prompt.replace("really", "not"), "yes"))
    outcome = applied(Dedup(NEAR), rows)
    assert len(outcome.rows) == 3
    assert reasons(outcome) == {("dropped", "near_duplicate"): 1}
