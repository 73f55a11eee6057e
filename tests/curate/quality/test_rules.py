"""What holds for every rule, and what the recipe may say of them."""

from pathlib import Path
from typing import get_args

import pytest
from asking import asked, conversation
from hypothesis import given
from hypothesis import strategies as st

from curate.quality.rules import RULES, rules_that
from curate.quality.verdict import Rule
from schemas.errors import RecipeError
from schemas.recipe import Quality, QualityRules, RuleAction
from schemas.recipe_file import load_recipe


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(texts=st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_a_rule_never_raises_and_says_the_same_twice(rule: Rule, texts: list[str]) -> None:
    settings = Quality(languages=("en",), min_words=3)
    assert rule(conversation(*texts), settings) == rule(conversation(*texts), settings)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "word ",
        "```",
        "[your ",
        "<insert ",
        "I can't ",
        "{{",
        "(",
        "a, so ",
        "_",
        "\n- ",
        "<|a",
        "[INST] ",
        "我",
        "<p>",
        "<!--",
        "| ",
        "&amp;",
        "Ã¼",
        "On 1 ",
        "\nFrom: a",
        "\n--\n",
        "this mail is ",
    ],
)
def test_a_rule_takes_seconds_over_a_huge_answer(rule: Rule, piece: str) -> None:
    asked(rule, piece * (100_000 // len(piece)), languages=("en",))


def test_every_rule_has_its_key_and_one_action() -> None:
    assert set(QualityRules.model_fields) == set(RULES)
    actions = [rules_that(action, QualityRules(refusal="off")) for action in get_args(RuleAction)]
    assert sorted(map(len, actions)) == [1, 5, 7]


def test_an_unknown_rule_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    text = "system_prompt: null\nsources: [{path: a.jsonl}]\nquality: {rules: {%s: off}}\n"
    recipe.write_text(text % "refusals")
    with pytest.raises(RecipeError) as error:
        load_recipe(recipe)
    assert "quality.rules.refusals: unknown key" in error.value.problem
    assert "did you mean 'refusal'?" in error.value.mend
    recipe.write_text(text % "refusal")
    assert load_recipe(recipe).quality == Quality(rules=QualityRules(refusal="off"))
