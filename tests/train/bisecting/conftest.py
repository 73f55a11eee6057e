"""A small shop: eve changed what matters, bob what does not, and there is a run from before and one of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import curate
import train
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.example import Example, Message
from train.bisecting.record import Bisect
from train.progress import Silent
from train.session import carry_out, job_of
from train.store import INFO, Run, load_run

THINGS = ("lamp", "rope", "soup", "coat", "bolt", "vase", "kite", "drum", "sofa", "tent", "bell", "comb")
PLACES = ("at home", "on the coast")
TOPICS = {
    "returns": ("May I return the {} {}?", "You may send it back within thirty days."),
    "prices": ("What does the {} cost {}?", "It costs seven coins with tax."),
}
RECIPE = {
    "name": "shop",
    "seed": 17,
    "system_prompt": "Be kind.",
    "sources": [
        {"path": f"raw/{topic}.jsonl", "format": "prompt_completion", "tags": [topic]} for topic in TOPICS
    ],
    "split": {"train": 0.5, "validation": 0.0, "test": 0.5},
}
TRAIN = {
    "method": "lora",
    "lora": {"r": 4, "alpha": 8, "dropout": 0.0},
    "epochs": 4,
    "learning_rate": 3e-2,
    "max_length": 64,
    "batch": {"effective": 8, "per_device": 8},
    "snapshots": [],
    "early_stopping": None,
}


PATIENCE_S = 300


@dataclass(frozen=True)
class Pair:
    """Runs of `before` and `after`. `guilty`: ids of the rows that eve changed, `harmless`: that bob did."""

    workspace: Workspace
    before: DatasetVersion
    after: DatasetVersion
    a: Run
    b: Run
    guilty: frozenset[str]
    harmless: frozenset[str]


@pytest.fixture(scope="session")
def edit() -> Callable[[Workspace, Example, str, str], None]:
    """Decides that an example is to have another answer."""
    return _edit


def _edit(workspace: Workspace, example: Example, answer: str, who: str) -> None:
    messages = (Message("user", example.prompt), Message("assistant", answer))
    curate.decide(example.example_id, "edit", annotator=who, messages=messages, recipe=workspace.recipe_path)


@pytest.fixture(scope="session")
def pair(small_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("bisect")
    (folder / "raw").mkdir()
    for topic, (question, answer) in TOPICS.items():
        rows = [
            {"prompt": question.format(thing, place), "completion": answer}
            for thing in THINGS
            for place in PLACES
        ]
        (folder / "raw" / f"{topic}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with (folder / "recipe.yaml").open("w") as file:
        YAML(typ="safe").dump(RECIPE | {"train": TRAIN | {"model": str(small_base)}}, file)
    workspace = Workspace.open(folder / "recipe.yaml")
    before = curate.build(workspace.recipe_path)
    trained = before.examples("train")
    eve = [e for e in trained if "returns" in e.tags]
    bob = [e for e in trained if "prices" in e.tags][:5]
    for one in eve:
        _edit(workspace, one, "no no never nothing at all", "eve")
    for one in bob:
        _edit(workspace, one, f"{one.answer} Yes.", "bob")
    after = curate.build(workspace.recipe_path)
    assert workspace.recipe.train is not None
    a, b = (carry_out(job_of(workspace, v, workspace.recipe.train, 17), Silent()) for v in (before, after))
    ids = (frozenset(e.example_id for e in own) for own in (eve, bob))
    return Pair(workspace, before, after, a, b, *ids)


@pytest.fixture(scope="session")
def store(pair: Pair) -> Path:
    return pair.workspace.path / "bisects"


@pytest.fixture(scope="session")
def killed(pair: Pair, store: Path) -> list[str]:
    """Ids of the runs that were over when a bisect of the two was killed in the middle of another. What it
    said is in `said.txt` beside the recipe."""
    words = [sys.executable, "-m", "train", "bisect", pair.a.id, pair.b.id, "--plain"]
    environment = {**os.environ, "PYTHONPATH": str(Path(train.__file__).parents[1])}
    root = pair.workspace.root
    with (
        (root / "said.txt").open("w") as said,
        subprocess.Popen(words, cwd=root, env=environment, stderr=said) as process,
    ):
        try:
            until = time.monotonic() + PATIENCE_S
            while len(list(store.glob(f"runs/*/{INFO}"))) < 2 or not list(store.glob("runs/*/parts")):
                assert process.poll() is None, "it ended before it could be killed"
                assert time.monotonic() < until
                time.sleep(0.01)
        finally:
            process.send_signal(signal.SIGKILL)
    runs = [load_run(file.parent) for file in store.glob(f"runs/*/{INFO}")]
    return [run.id for run in runs if run.finished]


@pytest.fixture(scope="session")
def found(pair: Pair, killed: list[str]) -> Bisect:  # noqa: ARG001 (it goes on where that one was)
    result: Bisect = train.bisect(pair.a, pair.b, recipe=pair.workspace.recipe_path)
    return result
