"""A desk: a workspace with the data of A, its run, and reruns of A with other seeds.

raw/<task>-<way>.jsonl   rows of one task, asked in one way      raw/more.jsonl   what B has besides
"""

import json
import random
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import curate
from bench.audit.rules import TASKS, WAYS, Row, Shop, rows
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.example import Example, Message
from train.progress import Silent
from train.session import carry_out, job_of
from train.store import Run, open_run

SYSTEM = "You answer briefly."
MORE = "more.jsonl"
_KEPT = "desk.json"
RATE = 5e-3
_RECIPE = """\
name: audited
seed: {seed}
system_prompt: {system}
sources:
  - path: raw/*.jsonl
    format: columns
    columns: {{prompt: prompt, completion: answer, group: prompt, tags: task}}
split: {{train: 0.7, validation: 0.0, test: 0.3}}
train:
  model: {base}
  method: lora
  lora: {{r: 16, alpha: 32, dropout: 0.0}}
  epochs: {epochs}
  learning_rate: {rate}
  warmup_ratio: {warmup}
  max_length: 128
  packing: false
  batch: {{effective: 8, per_device: 8}}
  snapshots: []
  early_stopping: null
"""


@dataclass(frozen=True, slots=True)
class Size:
    """`rows` of each task and way, `epochs`, the share of them that warms up, and reruns of A beside it."""

    rows: int = 60
    epochs: int = 6
    warmup: float = 0.05
    reruns: int = 6
    planted: int = 30
    harmless: int = 20


@dataclass(frozen=True)
class Desk:
    """`version` is A's data, `a` its run, `shop` what its answers follow."""

    workspace: Workspace
    version: DatasetVersion
    a: Run
    shop: Shop

    def trained(self, task: str, way: str | None = None) -> list[Example]:
        """A's training rows of a task, asked in one way or both, by id."""
        found = [
            e
            for e in self.version.examples("train")
            if task in e.tags and (way is None or e.source.endswith(f"{task}-{way}.jsonl"))
        ]
        return sorted(found, key=lambda e: e.example_id)


def standing(folder: Path, base: Path, seed: int, size: Size) -> Desk:
    """As `set_up`, or as an earlier call with the same size left it."""
    kept = folder / _KEPT
    made = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    if made.get("size") != asdict(size):
        desk = set_up(folder, base, seed, size)
        fields = {"size": asdict(size), "version": desk.version.version, "a": desk.a.id}
        kept.write_text(json.dumps(fields), encoding="utf-8")
        return desk
    workspace = Workspace.open(folder / "recipe.yaml")
    shop = Shop.drawn(random.Random(f"desk:{seed}"))
    return Desk(workspace, workspace.version(made["version"]), open_run(workspace, made["a"]), shop)


def set_up(folder: Path, base: Path, seed: int, size: Size) -> Desk:
    """Draws the rows, builds A's version, and trains A and its reruns."""
    rng = random.Random(f"desk:{seed}")
    shop = Shop.drawn(rng)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "raw").mkdir(parents=True)
    for task in TASKS:
        for way in WAYS:
            drawn = islice(rows(rng, shop, task, way), size.rows)
            write(folder / "raw" / f"{task}-{way}.jsonl", drawn)
    recipe = folder / "recipe.yaml"
    fields = {"seed": seed, "system": SYSTEM, "base": base, "rate": RATE}
    fields |= {"epochs": size.epochs, "warmup": size.warmup}
    recipe.write_text(_RECIPE.format(**fields), encoding="utf-8")
    version = curate.build(recipe)
    workspace = Workspace.open(recipe)
    a, *_ = [trained(workspace, version, seed + n) for n in range(size.reruns + 1)]
    return Desk(workspace, version, a, shop)


def trained(workspace: Workspace, version: DatasetVersion, seed: int, rate: float = RATE) -> Run:
    settings = workspace.recipe.train
    if settings is None:
        raise AssertionError("the recipe trains")
    train = settings.model_copy(update={"learning_rate": rate})
    return carry_out(job_of(workspace, version, train, seed), Silent())


def write(path: Path, drawn: Iterable[Row]) -> None:
    lines = (json.dumps({"prompt": r.prompt, "answer": r.answer, "task": r.task}) + "\n" for r in drawn)
    path.write_text("".join(lines), encoding="utf-8")


def rebuilt(desk: Desk, edits: dict[str, "Edit"], more: Sequence[Row]) -> DatasetVersion:
    """B's version: A's rows with these decisions on them, and a source more."""
    workspace = desk.workspace
    workspace.set_current(desk.version.version)
    for file in workspace.path.glob("decisions.db*"):
        file.unlink()
    file = workspace.root / "raw" / MORE
    file.unlink(missing_ok=True)
    if more:
        write(file, more)
    for example_id, edit in edits.items():
        example = next(e for e in desk.version.examples("train") if e.example_id == example_id)
        if edit.answer is None:
            curate.decide(example_id, "drop", annotator=edit.who, recipe=workspace.recipe_path)
            continue
        messages = (Message("user", edit.prompt or example.prompt), Message("assistant", edit.answer))
        curate.decide(example_id, "edit", annotator=edit.who, messages=messages, recipe=workspace.recipe_path)
    return curate.build(workspace.recipe_path)


@dataclass(frozen=True, slots=True)
class Edit:
    """Another answer, None where the row is dropped, or another prompt; and who did it."""

    who: str
    answer: str | None
    prompt: str | None = None
