"""A real run on rows some of which have another row's answer, trained once for all tests of finding them."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

import curate
import train
from curate.workspace import Workspace

_PLACES = {
    "lamp": "On the shelf by the door.",
    "rope": "In the red box upstairs.",
    "soup": "In the cold room, please.",
    "coat": "On a hook in the hall.",
    "bolt": "With the tools in drawer nine.",
}
_NAMES = ("Ada", "Ben", "Cleo", "Dev", "Edda", "Finn", "Gita", "Hugo", "Iris", "Jon", "Kaya", "Liam")
_RECIPE = """\
name: planted
seed: 3
system_prompt: You answer briefly.
sources: [{{path: raw.jsonl}}]
split: {{train: 0.9, validation: 0.1, test: 0.0}}
train:
  model: {model}
  method: lora
  lora: {{r: 16, alpha: 32, dropout: 0.0}}
  epochs: 4
  learning_rate: 1e-2
  max_length: 128
  batch: {{effective: 8, per_device: 8}}
  early_stopping: null
"""


@dataclass(frozen=True)
class PlantedRun:
    """`swapped`: ids of the training examples that have another one's answer."""

    workspace: Workspace
    run: train.Run
    swapped: set[str]


@pytest.fixture(scope="session")
def planted(small_base: Path, tmp_path_factory: pytest.TempPathFactory) -> PlantedRun:
    folder = tmp_path_factory.mktemp("planted")
    rng = random.Random(7)
    rows = [(f"Where does the {thing} of {name} go?", thing) for thing in _PLACES for name in _NAMES]
    rows += [(f"{name} has a {thing}: where?", thing) for thing in _PLACES for name in _NAMES]
    rng.shuffle(rows)
    wrong = set(range(1, 13))  # lines
    lines = []
    for line, (question, thing) in enumerate(rows, start=1):
        told = rng.choice([t for t in _PLACES if t != thing]) if line in wrong else thing
        lines.append(json.dumps({"prompt": question, "completion": _PLACES[told]}))
    (folder / "raw.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "recipe.yaml").write_text(_RECIPE.format(model=small_base), encoding="utf-8")
    version = curate.build(folder / "recipe.yaml")
    run = train.run(version)
    swapped = {e.example_id for e in version.examples("train") if e.line in wrong}
    return PlantedRun(Workspace.open(folder / "recipe.yaml"), run, swapped)
