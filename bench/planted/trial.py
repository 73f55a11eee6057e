"""One trial: a dataset with one kind of fault in it, built and trained by what the commands call, and what
each finder makes of its training rows.

raw rows, some wrong → build → run → IFD → a table: a row per training example, a column per finder
"""

import itertools
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import curate
import train
from bench.planted import desk, problems
from bench.planted.faults import FAULTS
from bench.planted.pair import Pair
from curate.version import DatasetVersion
from train.dynamics.ifd import ifd

SYSTEM = "You answer briefly."


@dataclass(frozen=True, slots=True)
class Task:
    """Where rows come from, which faults are planted, and how it is trained. `base` names the base model."""

    rows: Callable[[random.Random], Iterator[Pair]]
    base: str
    faults: tuple[str, ...]
    count: int
    epochs: int
    rate: float


TASKS = {
    "word problems": Task(
        problems.trained_on, "problems", ("swapped", "truncated", "wrong number"), 600, 4, 5e-3
    ),
    "support desk": Task(desk.answers, "shop", ("swapped", "truncated", "wrong number"), 600, 4, 5e-3),
    "routing": Task(desk.labels, "shop", ("label flip",), 600, 4, 5e-3),
}
_RECIPE = """\
name: planted
seed: {seed}
system_prompt: {system}
sources: [{{path: raw.jsonl}}]
split: {{train: 0.9, validation: 0.1, test: 0.0}}
train:
  model: {base}
  method: lora
  lora: {{r: 16, alpha: 32, dropout: 0.0}}
  epochs: {epochs}
  learning_rate: {rate}
  max_length: 256
  batch: {{effective: 16}}
  early_stopping: null
"""


def trial(folder: Path, base: Path, task: Task, fault: str, seed: int) -> pd.DataFrame:
    """`planted`, and a column per finder, higher the more suspicious; over the training rows."""
    rng = random.Random(f"{fault}:{seed}")
    pairs = list(itertools.islice(task.rows(rng), task.count))
    made, wrong = FAULTS[fault](pairs, rng)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = (json.dumps({"prompt": pair.question, "completion": pair.answer}) + "\n" for pair in made)
    (folder / "raw.jsonl").write_text("".join(lines), encoding="utf-8")
    recipe = folder / "recipe.yaml"
    settings = {"seed": seed, "system": SYSTEM, "base": base, "epochs": task.epochs, "rate": task.rate}
    recipe.write_text(_RECIPE.format(**settings), encoding="utf-8")
    version = curate.build(recipe)
    run = train.run(version)
    ifd(recipe, run.id)
    table = train.example_dynamics(run)
    return finders(table[table["split"] == "train"], version, {line + 1 for line in wrong})


def finders(table: pd.DataFrame, version: DatasetVersion, wrong: set[int]) -> pd.DataFrame:
    examples = {e.example_id: e for e in version.examples("train")}
    rows = [examples[name] for name in table["example_id"]]
    prompts = [row.messages[-2].content for row in rows]
    answers = [row.messages[-1].content for row in rows]
    return pd.DataFrame(
        {
            "planted": [row.line in wrong for row in rows],
            "longest answer": [len(answer.split()) for answer in answers],
            "shortest answer": [-len(answer.split()) for answer in answers],
            "TF-IDF, prompt to answer": -alike(prompts, answers),
            "base loss": table["base_loss"].to_numpy(),
            "last loss": table["loss"].to_numpy(),
            "mean seen loss": table["seen_loss"].to_numpy(),
            "first seen loss": table["first_loss"].to_numpy(),
            "low gain": -table["gain"].to_numpy(),
            "low confidence": -table["confidence"].to_numpy(),
            "variability": table["variability"].to_numpy(),
            "low correctness": -table["correctness"].to_numpy(),
            "forgotten": table["forgotten"].to_numpy(),
            "learned late": table["learned"].fillna(np.inf).to_numpy(),
            "slope": table["slope"].to_numpy(),
            "worst token": table["worst_token"].to_numpy(),
            "IFD, base": table["ifd_base"].to_numpy(),
            "IFD, adapter": table["ifd"].to_numpy(),
            "noise": table["noise"].to_numpy(),
        }
    )


def alike(prompts: list[str], answers: list[str]) -> np.ndarray:
    """Cosine of the TF-IDF vectors of each prompt and its answer."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer().fit(prompts + answers)
    product = vectors.transform(prompts).multiply(vectors.transform(answers))
    return np.asarray(product.sum(axis=1)).ravel()
