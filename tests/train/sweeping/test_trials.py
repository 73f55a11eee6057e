"""What a recipe's sweep asks for."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import RecipeError
from schemas.recipe import Recipe
from schemas.recipe_file import load_recipe
from train.sweeping.trials import trials

BASE = {
    "system_prompt": "Be brief.",
    "sources": [{"path": "raw/a.jsonl"}],
    "train": {"model": "owner/name", "method": "lora", "early_stopping": None},
}


def recipe(**sweep: Any) -> Recipe:
    return Recipe.model_validate(BASE | {"sweep": sweep})


def test_a_grid_is_every_combination_with_every_seed() -> None:
    over = {"lora.r": [8, 16], "learning_rate": [1e-4, 3e-4], "early_stopping.patience": [2]}
    found = trials(recipe(over=over, seeds=[1, 2]))
    expected = itertools.product([8, 16], [1e-4, 3e-4], [1, 2])
    assert [(t.train.lora.r, t.train.learning_rate, t.seed) for t in found] == list(expected)
    assert all(t.train.early_stopping is not None and t.train.early_stopping.patience == 2 for t in found)
    assert all(t.train.lora.alpha == 32 and t.train.method == "lora" for t in found)
    assert len({t.key for t in found}) == 4


def test_a_list_is_taken_as_it_stands_and_runs_cut_it_off() -> None:
    settings = [{"lora.r": 8, "lora.alpha": 16}, {"lora.r": 4}, {"lora.r": 4}, {"epochs": 1}]
    found = trials(recipe(method="list", settings=settings))
    assert [dict(t.settings) for t in found] == [settings[0], settings[1], settings[3]]
    assert [t.seed for t in found] == [17, 17, 17]
    assert len(trials(recipe(method="list", settings=settings, runs=2))) == 2


def test_drawn_settings_are_the_same_each_time_and_more_runs_only_add() -> None:
    over = {
        "learning_rate": {"low": 1e-5, "high": 1e-3, "log": True},
        "lora.r": {"low": 4, "high": 64},
        "scheduler": ["cosine", "linear"],
    }
    few = trials(recipe(method="random", over=over, runs=4))
    many = trials(recipe(method="random", over=over, runs=200))
    assert few == many[:4]
    rates = sorted(t.train.learning_rate for t in many)
    assert 1e-5 <= rates[0] < rates[-1] <= 1e-3
    assert 5e-5 < rates[100] < 2e-4  # the middle of the powers of ten, not of the numbers
    assert {t.train.lora.r for t in many} >= {4, 64}
    assert {t.train.scheduler for t in many} == {"cosine", "linear"}


def test_drawing_ends_where_there_is_no_other_setting() -> None:
    assert len(trials(recipe(method="random", over={"lora.r": [4, 8]}, runs=20))) == 2


def test_settings_that_train_refuses_are_told_together() -> None:
    over = {"learning_rate": [0, 1e-4], "lora.r": [8, "many"]}
    with pytest.raises(RecipeError) as raised:
        trials(recipe(over=over))
    assert "learning_rate 0, lora.r 8" in raised.value.problem
    assert "learning_rate 0.0001, lora.r many" in raised.value.problem


@pytest.mark.parametrize(
    ("sweep", "says"),
    [
        ("{over: {r: [8]}}", "sweep.over: train has no setting r; did you mean lora.r?"),
        ("{over: {learning_rat: [1e-4]}}", "train has no setting learning_rat; did you mean learning_rate?"),
        ("{over: {lora.r: {low: 4, high: 8}}}", "lora.r: a grid needs values, not a range"),
        ("{method: random, over: {lora.r: [8]}}", "method: random needs `runs`"),
        ("{method: list, over: {lora.r: [8]}}", "method: list takes `settings`"),
        ("{}", "method: grid takes `over`"),
        ("{over: {lora.r: []}}", "at least 1 item"),
        ("{method: random, runs: 1, over: {epochs: {low: 3, high: 1}}}", "low 3 is not below high 1"),
        ("{over: {lora.r: [8]}, run: 3}", "unknown key"),
    ],
)
def test_mistakes_in_the_recipe_are_named(tmp_path: Path, sweep: str, says: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        f"system_prompt: x\nsources: [{{path: raw/a.jsonl}}]\ntrain: {{model: m}}\nsweep: {sweep}\n"
    )
    with pytest.raises(RecipeError) as raised:
        load_recipe(path)
    assert says in raised.value.problem


def test_no_part_of_a_version() -> None:
    from curate.building.inputs import data_part

    assert data_part(recipe(over={"lora.r": [8]})) == data_part(Recipe.model_validate(BASE))
