"""Letters to a shop, whose class is told by one word among others; a run trained on them once."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import train
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.example import Example

SYSTEM = "Say what the letter is about."
COUNTS = {"train": 120, "validation": 30, "test": 30}
SHARES = {"parcel": 0.5, "refund": 0.3, "size": 0.2}
WORDS = {
    "parcel": ("parcel", "tracking", "delivery"),
    "refund": ("refund", "money", "invoice"),
    "size": ("size", "smaller", "exchange"),
}
OPENINGS = ("Hello, ", "Good day, ", "Hi, ", "Please: ", "Dear shop, ", "Again, ", "One question, ", "Well, ")
ENDINGS = ("?", ".", ", please.", ", thanks.", " now.", ", as I said.", " this week.", ", kindly.", "!")

NewWorkspace = Callable[..., Workspace]

TRAIN = {
    "task": "classification",
    "method": "lora",
    "lora": {"r": 8, "alpha": 16, "dropout": 0.0},
    "epochs": 5,
    "learning_rate": 1e-2,
    "max_length": 128,
    "batch": {"effective": 16, "per_device": 8},
}


def letters() -> list[tuple[str, str, str]]:
    """(split, letter, class), as many of each class as SHARES says."""
    rng = random.Random(7)
    texts = {
        name: [f"{opening}{word}{ending}" for opening in OPENINGS for word in words for ending in ENDINGS]
        for name, words in WORDS.items()
    }
    for of_class in texts.values():
        rng.shuffle(of_class)
    made = []
    for split, count in COUNTS.items():
        for name, share in SHARES.items():
            made += [(split, texts[name].pop(), name) for _ in range(round(share * count))]
    return made


@pytest.fixture(scope="session")
def class_examples(make_example: Callable[..., Example]) -> list[Example]:
    return [
        make_example(("system", SYSTEM), ("user", text), ("assistant", f" {name}\n"), split=split, line=line)
        for line, (split, text, name) in enumerate(letters(), start=1)
    ]


@pytest.fixture(scope="session")
def new_class_workspace(
    small_base: Path, class_examples: list[Example], lay_down: Callable[..., DatasetVersion]
) -> NewWorkspace:
    """A workspace with a version of the letters, or of `examples`, its `train` section changed as asked."""

    def new(folder: Path, examples: list[Example] | None = None, **settings: Any) -> Workspace:
        folder.mkdir(parents=True, exist_ok=True)
        recipe = {
            "name": "letters",
            "seed": 17,
            "system_prompt": SYSTEM,
            "sources": [{"path": "raw/*.jsonl"}],
            "train": {"model": str(small_base), **TRAIN, **settings},
        }
        YAML(typ="safe").dump(recipe, folder / "recipe.yaml")
        workspace = Workspace.open(folder / "recipe.yaml")
        lay_down(workspace, class_examples if examples is None else examples)
        return workspace

    return new


@pytest.fixture(scope="session")
def letters_run(new_class_workspace: NewWorkspace, tmp_path_factory: pytest.TempPathFactory) -> train.Run:
    """Trained to its end, a LoRA with a head of three classes."""
    workspace = new_class_workspace(tmp_path_factory.mktemp("letters"))
    return train.run("tiny0001", recipe=workspace.recipe_path)
