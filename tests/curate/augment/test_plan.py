"""Which children are wanted: per parent, in all, and what is said of few rows."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from curate.augment.catalogue import prompts_of, strategies_of
from curate.augment.plan import Plan, advice, plan
from curate.flow.rows import InMemory
from schemas.example import Example
from schemas.recipe import Augment

Make = Callable[..., Example]


def planned(rows: list[Example], **fields: Any) -> Plan:
    from pathlib import Path

    settings = Augment(**fields)
    return plan(InMemory(rows), strategies_of(settings, prompts_of(settings, Path()), Path()), settings)


@pytest.fixture
def rows(make_example: Make) -> list[Example]:
    return [make_example(n, "test" if n % 5 == 4 else "train") for n in range(50)]


def test_only_train_rows_that_are_no_children_are_parents(rows: list[Example], make_example: Make) -> None:
    child = make_example(99, parent_id="p")
    made = planned([*rows, child], strategies={"paraphrase": 2, "self_instruct": 1})
    parents = Counter(place.parent_id for place in made.places)
    assert parents == {row.example_id: 3 for row in rows if row.split == "train"}
    seeds = {rows[seed].split for place in made.places for seed in place.beside}
    assert seeds == {"train"}
    assert made.train_rows == 41


def test_a_limit_for_each_parent_takes_one_of_each_strategy_first(rows: list[Example]) -> None:
    made = planned(rows, strategies={"paraphrase": 3, "variation": 3}, max_per_parent=3)
    of_first = [(p.strategy.name, p.sample) for p in made.places[:3]]
    assert of_first == [("paraphrase", 0), ("paraphrase", 1), ("variation", 0)]
    assert len(made.places) == 3 * 40


def test_a_share_bounds_all_children_together(rows: list[Example]) -> None:
    made = planned(rows, strategies={"paraphrase": 2}, max_share=0.5)
    assert (len(made.places), made.over_share) == (40, 40)
    assert {p.sample for p in made.places} == {0}
    few = planned(rows, strategies={"paraphrase": 2}, max_share=0.2)
    assert len(few.places) == 10
    again = planned(rows[::-1], strategies={"paraphrase": 2}, max_share=0.2)
    assert asked(few) == asked(again)


def asked(made: Plan) -> set[tuple[str, int]]:
    return {(p.parent_id, p.sample) for p in made.places}


def test_an_obstacle_is_told_once_for_a_parent(make_example: Make) -> None:
    from schemas.example import Message

    mute = make_example(1, messages=(Message("user", " "), Message("assistant", "Hello!")))
    made = planned([mute], strategies={"paraphrase": 3, "variation": 2, "self_instruct": 1})
    assert list(made.obstacles) == [(mute.example_id, "no_user_turn")]


def test_few_rows_are_told_what_to_expect(rows: list[Example]) -> None:
    words = advice(planned(rows, strategies={"paraphrase": 2})) or ""
    assert words.startswith("40 train rows become up to 3.0 times as many. What that buys with few rows")
    assert "Wei and Zou 2019" in words
    assert advice(Plan(train_rows=1000)) is None
    assert advice(Plan()) is None


@pytest.mark.parametrize(
    ("strategies", "problem"),
    [
        ({"parafrase": 1}, "did you mean paraphrase"),
        ({"back_translation": 1}, "needs the languages"),
        ({"paraphrase": {"languages": ["de"]}}, "paraphrase has no languages; it has children"),
        ({"variation": {"styles": []}}, "at least 1 item"),
        ({"variation": {"styles": ["rude"]}}, "tone"),
        ({"paraphrase": 0}, "greater than or equal to 1"),
        ({"paraphrase": {"prompt": "x.md"}}, "has no prompt"),
        ({}, "name a strategy"),
    ],
)
def test_a_strategy_that_cannot_be_meant(strategies: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Augment(strategies=strategies)


def test_a_number_and_a_mapping_say_the_same() -> None:
    assert Augment(strategies={"paraphrase": 3}).of("paraphrase").children == 3
    assert Augment(strategies={"paraphrase": {"children": 3}}).of("paraphrase").children == 3
