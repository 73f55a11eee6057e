"""Settings outside the usual range are named with the range, the reason and the source."""

from typing import Any

import pytest

from schemas.recipe import Recipe, Train
from train.plan.habits import Habit, unusual

USUAL: dict[str, Any] = {"model": "m", "lora": {"r": 16, "alpha": 32, "dropout": 0.1}, "epochs": 2}


def habits(
    examples: int = 5000, validation: int = 500, steps: int = 300, share: float | None = 0.15, **train: Any
) -> list[Habit]:
    changed = Train(**USUAL | train)
    source = {"path": "raw/a.jsonl", "share": share}
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [source]})
    return unusual(recipe, changed, examples, validation, steps)


def test_usual_settings_are_not_mentioned() -> None:
    assert habits() == []
    assert habits(method="full", learning_rate=1e-5) == []
    assert habits(method="ia3", learning_rate=3e-3) == []
    assert habits(method="prefix", learning_rate=5e-3) == []
    assert habits(method="prompt", learning_rate=0.3) == []


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("train.lora.r", {"lora": {"r": 128, "alpha": 256, "dropout": 0.1}}),
        ("train.lora.r", {"lora": {"r": 2, "alpha": 4, "dropout": 0.1}}),
        ("train.lora.alpha", {"lora": {"r": 16, "alpha": 8, "dropout": 0.1}}),
        ("train.lora.dropout", {"lora": {"r": 16, "alpha": 32, "dropout": 0.5}}),
        ("train.learning_rate", {"learning_rate": 1e-3}),
        ("train.learning_rate", {"learning_rate": 1e-5}),
        ("train.learning_rate", {"learning_rate": 2e-4, "method": "full"}),
        ("train.learning_rate", {"learning_rate": 2e-4, "method": "prompt"}),
        ("train.learning_rate", {"learning_rate": 2e-4, "method": "ia3"}),
        ("train.prompt.tokens", {"learning_rate": 0.1, "method": "prompt", "prompt": {"tokens": 300}}),
        ("train.lora.dropout", {"lora": {"r": 16, "alpha": 32, "dropout": 0.1, "init": "pissa"}}),
        ("train.warmup_ratio", {"warmup_ratio": 0.0}),
        ("train.warmup_ratio", {"warmup_ratio": 0.3}),
        ("train.weight_decay", {"weight_decay": 0.3}),
        ("train.max_grad_norm", {"max_grad_norm": 0.01}),
        ("train.max_grad_norm", {"max_grad_norm": 5.0}),
        ("train.epochs", {"epochs": 10, "examples": 200}),
        ("train.early_stopping", {"early_stopping": None, "examples": 200}),
        ("split.validation", {"validation": 0, "examples": 200}),
        ("train.batch.effective", {"batch": {"effective": 512}, "examples": 200}),
        ("sources.share", {"share": 0.5}),
    ],
)
def test_an_unusual_setting_is_warned_of(key: str, settings: dict[str, Any]) -> None:
    found = [habit for habit in habits(**settings) if habit.level == "warning"]
    assert [habit.key for habit in found] == [key]
    assert all((found[0].value, found[0].usual, found[0].why, found[0].source))


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("train.lora.dropout", {"lora": {"r": 16, "alpha": 32, "dropout": 0.0}}),
        ("train.batch.effective", {"steps": 6}),
        ("sources", {"share": None}),
    ],
)
def test_what_only_deserves_a_word_does_not_count(key: str, settings: dict[str, Any]) -> None:
    assert [(habit.key, habit.level) for habit in habits(**settings)] == [(key, "note")]


def test_a_constant_rate_needs_no_warm_up() -> None:
    assert habits(scheduler="constant", warmup_ratio=0.0) == []


def test_many_epochs_over_many_examples_are_usual() -> None:
    assert habits(epochs=10, examples=1000) == []
