"""Wrong answers: swapped, cut off, and contradicting each other under one question."""

from dataclasses import replace
from functools import partial

from samples.jaccard import jaccard, shingles
from samples.plan import Fault, Plan, single
from samples.shop.conversation import Row, Script, Turn, render
from samples.shop.facts import draw
from samples.shop.topics import BY_NAME

SWAPPED_PAIRS, SAME_TOPIC_PAIRS = 44, 10
CONTRADICTION_CEILING = 0.72
CORE_FACT = {
    "price": "price", "weight": "weight", "warmth": "low", "care": "wash", "returns": "return_days",
    "warranty": "warranty", "repair": "repair_eur", "colours": "colours", "origin": "origin",
    "points": "points", "student": "student",
}  # fmt: skip


def plant_swapped(plan: Plan) -> None:
    """Pairs of rows with their answers exchanged; in some both ask about the same topic."""
    for number in range(SWAPPED_PAIRS):
        (one,) = plan.take(1, single)
        (two,) = plan.take(1, partial(_swappable, one, number < SAME_TOPIC_PAIRS))
        right_one, right_two = one.turns[0].answer, two.turns[0].answer
        one.turns = (Turn(one.turns[0].question, right_two),)
        two.turns = (Turn(two.turns[0].question, right_one),)
        plan.swapped += [_fault(one, right_one), _fault(two, right_two)]


def _swappable(one: Row, same_topic: bool, row: Row) -> bool:
    return (
        single(row)
        and (row.topic == one.topic) == same_topic
        and _script(row).facts["name"] != _script(one).facts["name"]
        and _script(row).facts["place"] != _script(one).facts["place"]
    )


def plant_truncated(plan: Plan) -> None:
    """Answers that stop in the middle of a sentence, after a third to two thirds of their words."""
    for row in plan.take(30, lambda row: single(row) and len(row.turns[0].answer.split()) >= 16):
        question, answer = row.turns[0].question, row.turns[0].answer
        words = answer.split()
        kept = words[: plan.rng.randrange(len(words) // 3, 2 * len(words) // 3)]
        kept[-1] = kept[-1].rstrip(".,;:!?")
        row.turns = (Turn(question, " ".join(kept)),)
        plan.truncated.append(_fault(row, answer))


def plant_contradictions(plan: Plan) -> None:
    """The same question again, with an answer that states other facts in other words."""
    made = 0
    for right in plan.take(120, lambda row: single(row) and row.topic in CORE_FACT):
        wrong = _contradicting(plan, right) if made < 36 else None
        if wrong is None:
            plan.untouched.append(right)
            continue
        plan.rows.append(wrong)
        plan.contradictions.append((right, wrong))
        made += 1


def _contradicting(plan: Plan, right: Row) -> Row | None:
    script = _script(right)
    for _ in range(30):
        other = draw(plan.rng, "product")
        if other[CORE_FACT[right.topic]] == script.facts[CORE_FACT[right.topic]]:
            continue
        facts = {**other, **{key: script.facts[key] for key in ("name", "place", "month")}}
        answer = render(replace(script, facts=facts, answering=plan.rng.getrandbits(40)))[0].answer
        wrong = Row((Turn(right.turns[0].question, answer),), right.topic)
        if jaccard(shingles(right.text), shingles(wrong.text)) <= CONTRADICTION_CEILING:
            return wrong
    return None


def _fault(row: Row, right_answer: str) -> Fault:
    """With the right answer where the catalogue holds it: a reviewer could write it."""
    detail = {"topic": row.topic}
    if BY_NAME[row.topic].catalogue:
        detail["right_answer"] = right_answer
    return Fault(row, detail)


def _script(row: Row) -> Script:
    if row.script is None:
        raise ValueError("an edited row has no script")
    return row.script
