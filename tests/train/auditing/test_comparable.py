"""What differs between two runs is said, each with what it means."""

import pytest
from ruamel.yaml import YAML
from two_versions import Shop

from schemas.errors import RunError, UsageError
from train.auditing.comparable import differences
from train.store import Run


def reset(run: Run, **train: object) -> None:
    """Changes settings in the recipe that a run keeps."""
    yaml = YAML(typ="safe")
    file = run.path / "config.yaml"
    recipe = yaml.load(file)
    recipe["train"] |= train
    yaml.dump(recipe, file)


def test_the_same_settings_differ_in_nothing(shop: Shop) -> None:
    assert differences(shop.run("a", shop.a, {}), shop.run("b", shop.a, {})) == ()


def test_each_difference_is_told(shop: Shop) -> None:
    a = shop.run("a", shop.a, {}, packages={"torch": "2.12", "trl": "1.16"})
    b = shop.run(
        "b",
        shop.b,
        {},
        seed=18,
        base_model="other",
        template_sha256="1" * 64,
        system_prompt_sha256="2" * 64,
        packages={"torch": "2.13", "trl": "1.16"},
    )
    reset(b, learning_rate=3e-4, checkpoints=5)
    found = {one.name: one for one in differences(a, b)}
    assert list(found) == [
        *("base model", "chat template", "system prompt", "seed", "data version", "packages"),
        "train.learning_rate",
    ]
    assert (found["seed"].a, found["seed"].b) == ("17", "18")
    assert (found["packages"].a, found["packages"].b) == ("torch 2.12", "torch 2.13")
    assert (found["train.learning_rate"].a, found["train.learning_rate"].b) == ("0.001", "0.0003")
    assert [name for name, one in found.items() if not one.confounds] == ["data version"]
    assert all(one.means for one in found.values())


def test_another_tokenizer_is_told_where_both_are_known(shop: Shop) -> None:
    a, b = shop.run("a", shop.a, {}), shop.run("b", shop.a, {})
    (a.path / "adapter" / "tokenizer.json").write_text("{}")
    assert differences(a, b) == ()
    (b.path / "adapter" / "tokenizer.json").write_text("{ }")
    assert [one.name for one in differences(a, b)] == ["tokenizer"]


def test_runs_that_cannot_be_compared(shop: Shop) -> None:
    a = shop.run("a", shop.a, {})
    with pytest.raises(UsageError, match="no one quantity"):
        differences(a, shop.run("b", shop.a, {}, task="classification"))
    with pytest.raises(RunError, match="run c is failed"):
        differences(a, shop.run("c", shop.a, {}, state="failed"))
