"""The recipe: every problem at once, with file, line, key and the nearest valid name."""

from pathlib import Path

import pytest

from schemas.errors import RecipeError
from schemas.recipe_file import load_recipe

GOOD = """\
system_prompt: Be kind.
sources:
  - path: raw/*.jsonl
train:
  model: ./base
  learning_rate: 2e-4
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_recipe_has_yaml_1_2_numbers_and_defaults(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, GOOD))
    assert recipe.train is not None
    assert recipe.train.learning_rate == 2e-4
    assert recipe.dedup is None
    assert (recipe.split.train, recipe.split.validation, recipe.split.test) == (0.8, 0.1, 0.1)


def test_all_problems_are_reported_together_each_with_its_line(tmp_path: Path) -> None:
    text = GOOD + "dedup: {treshold: 0.8}\nsplit: {train: 0.8, validation: 0.1, test: 0.2}\nseeed: 1\n"
    with pytest.raises(RecipeError) as error:
        load_recipe(write(tmp_path, text))
    assert "recipe.yaml:7: dedup.treshold: unknown key" in error.value.problem
    assert "recipe.yaml:8: split: train, validation and test add up to 1.1, not to 1" in error.value.problem
    assert "recipe.yaml:9: seeed: unknown key" in error.value.problem
    assert "did you mean 'threshold'?" in error.value.mend
    assert "did you mean 'seed'?" in error.value.mend


def test_an_unknown_key_of_a_source_does_not_say_that_there_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as error:
        load_recipe(write(tmp_path, GOOD.replace("- path", "- pth: x\n    path")))
    assert "recipe.yaml:3: sources.0.pth: unknown key" in error.value.problem
    assert "at least 1" not in error.value.problem
    assert error.value.mend == "did you mean 'path'?"


def test_a_wrong_value_in_a_union_is_named_by_its_key(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as error:
        load_recipe(write(tmp_path, GOOD + "  batch: {per_device: many}\n"))
    assert "recipe.yaml:7: train.batch.per_device: " in error.value.problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("- a\n- b\n", "a recipe is a mapping"),
        ("a: [1\n", "not valid YAML"),
        ("system_prompt: x\n", "sources: this key is needed"),
        ("sources: [{path: x}]\n", "system_prompt: this key is needed"),
        ("a: 1\na: 2\n", "not valid YAML"),
    ],
)
def test_what_is_no_recipe_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RecipeError) as error:
        load_recipe(write(tmp_path, text))
    assert said in error.value.problem
    assert error.value.mend


def test_a_missing_recipe_names_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such recipe"):
        load_recipe(tmp_path / "recipe.yaml")


def test_environment_variables_are_read_and_missing_ones_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIFTUNE_TEST_FOLDER", "elsewhere")
    path = write(tmp_path, GOOD.replace("raw/", "${SIFTUNE_TEST_FOLDER}/"))
    assert load_recipe(path).sources[0].path == "elsewhere/*.jsonl"
    monkeypatch.delenv("SIFTUNE_TEST_FOLDER")
    with pytest.raises(RecipeError, match="SIFTUNE_TEST_FOLDER"):
        load_recipe(path)
