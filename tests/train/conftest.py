"""A base model made once, and a small dataset version laid down by hand, without the build."""

import hashlib
import random
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.arrow import LOSSES, duplicates_table, examples_table, has_tools, ledger_table
from schemas.example import Example, Message, hash_messages
from schemas.manifest import Leaks, Manifest
from schemas.run import RunInfo
from train.store import Run, load_run

SYSTEM = "You answer customers of a small shop, briefly and kindly."
SPLITS = {"train": 24, "validation": 6, "test": 6}

RECIPE = """\
name: tiny
seed: 17
system_prompt: {system}
sources: [{{path: raw/*.jsonl}}]
train:
  model: {model}
  method: lora
  lora: {{r: 4, alpha: 8, dropout: 0.0}}
  epochs: 2
  learning_rate: 1e-3
  max_length: 256
  packing: false
  batch: {{effective: 8, per_device: 4}}
"""


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model that was pretrained for a moment only: enough to load, quantise and train."""
    from train.tiny.base import tiny_base

    return tiny_base(tmp_path_factory.mktemp("models") / "tiny-base", steps=8, seed=17)


@pytest.fixture(scope="session")
def tokenizer(tiny_base: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_base)


@pytest.fixture(scope="session")
def without_marks(tiny_base: Path) -> Any:
    """The same tokenizer with a template that renders alike and has no `{% generation %}` marks."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    tokenizer.chat_template = re.sub(r"\{%-?\s*(end)?generation\s*-?%\}", "", tokenizer.chat_template)
    return tokenizer


@pytest.fixture(scope="session")
def make_example() -> Callable[..., Example]:
    """An example of (role, content) pairs, with the id that an import would give it."""

    def make(*turns: tuple[str, str], split: str = "train", **fields: Any) -> Example:
        messages = tuple(Message(role, content) for role, content in turns)
        fields = {"source": "raw/a.jsonl", "line": 1, **fields}
        return Example(hash_messages(messages), messages, split=split, **fields)

    return make


@pytest.fixture(scope="session")
def examples(make_example: Callable[..., Example]) -> list[Example]:
    """Short dialogues in three splits, the fixed system prompt first in each."""
    from train.tiny.text import chat

    rng = random.Random(5)
    made = []
    for line, split in enumerate((name for name, n in SPLITS.items() for _ in range(n)), start=1):
        turns = [(m["role"], m["content"]) for m in chat(rng) if m["role"] != "system"]
        made.append(make_example(("system", SYSTEM), *turns, split=split, line=line))
    return made


@pytest.fixture
def workspace(tmp_path: Path, tiny_base: Path) -> Workspace:
    """A recipe that trains a small LoRA on the tiny base in seconds."""
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.format(system=SYSTEM, model=tiny_base))
    return Workspace.open(recipe)


@pytest.fixture
def tiny_version(workspace: Workspace, examples: list[Example]) -> DatasetVersion:
    """A version of `examples` in `workspace`."""
    return _lay_down(workspace, examples)


@pytest.fixture(scope="session")
def small_base(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base's tokenizer with a random model a tenth its size, for tests that train many times.
    Its weights are drawn wide, so that what a token attends to matters."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("models") / "small-base"
    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.1,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    torch.manual_seed(3)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def new_workspace(small_base: Path, examples: list[Example]) -> Callable[..., Workspace]:
    """A workspace with a version of `examples` in a folder, its `train` section changed as asked."""

    def new(folder: Path, **train: Any) -> Workspace:
        yaml = YAML(typ="safe")
        recipe = yaml.load(RECIPE.format(system=SYSTEM, model=small_base))
        recipe["train"] |= train
        folder.mkdir(parents=True, exist_ok=True)
        yaml.dump(recipe, folder / "recipe.yaml")
        workspace = Workspace.open(folder / "recipe.yaml")
        _lay_down(workspace, examples)
        return workspace

    return new


@pytest.fixture(scope="session")
def lay_down() -> Callable[[Workspace, list[Example]], DatasetVersion]:
    """Lays a version of these examples down in a workspace."""
    return _lay_down


def _lay_down(workspace: Workspace, examples: list[Example]) -> DatasetVersion:
    folder = workspace.datasets / "tiny0001"
    (folder / "data").mkdir(parents=True)
    for split in SPLITS:
        rows = [e for e in examples if e.split == split]
        pq.write_table(examples_table(rows, has_tools(rows)), folder / "data" / f"{split}.parquet")
    pq.write_table(ledger_table([]), folder / "ledger.parquet")
    pq.write_table(duplicates_table([]), folder / "duplicates.parquet")
    (folder / "rejects.jsonl").write_text("")
    (folder / "recipe.yaml").write_text(workspace.recipe_path.read_text())
    counts = {split: sum(e.split == split for e in examples) for split in SPLITS}
    prompt = workspace.recipe.system_prompt or ""
    (folder / "manifest.json").write_text(_manifest(counts, prompt).to_json())
    return workspace.version("tiny0001")


@pytest.fixture
def desk(lora: Workspace, tmp_path: Path) -> Workspace:
    """A copy, to change, of the workspace `lora` that a folder of tests trains a run in."""
    shutil.copytree(lora.root, tmp_path / "desk")
    return Workspace.open(tmp_path / "desk" / "recipe.yaml")


@pytest.fixture
def said() -> list[str]:
    """What `say=said.append` is told."""
    return []


@pytest.fixture
def write_run(workspace: Workspace) -> Callable[..., Run]:
    """Lays down a finished run. `losses`: (example, split, kind, model, step, loss); fields: run.json."""

    def write(name: str, losses: Sequence[tuple[str, str, str, str, int, float]] = (), **fields: Any) -> Run:
        folder = workspace.runs / name
        (folder / "adapter").mkdir(parents=True)
        (folder / "run.json").write_text(RunInfo(run=name, **_INFO | fields).to_json())
        (folder / "config.yaml").write_text(workspace.recipe_path.read_text())
        (folder / "metrics.jsonl").write_text('{"step":1,"loss":2.0}\n')
        rows = [dict(zip(_KEY, row, strict=True)) | {"nll_sum": 4 * row[-1]} | _REST for row in losses]
        pq.write_table(pa.Table.from_pylist(rows, schema=LOSSES), folder / "losses.parquet")
        return load_run(folder)

    return write


_KEY = ("example_id", "split", "kind", "model", "step", "loss")
_REST = {"epoch": 1.0, "n_tokens": 4, "max_token_nll": 9.0, "n_correct": 2, "truncated": False}
_INFO: dict[str, Any] = {
    "state": "done",
    "dataset_version": "tiny0001",
    "base_model": "tiny-base",
    "method": "lora",
    "seed": 17,
    "template_sha256": "0" * 64,
    "system_prompt_sha256": "0" * 64,
    "started_at": "2026-01-01T00:00:00Z",
}


def _manifest(splits: dict[str, int], prompt: str) -> Manifest:
    kept = sum(splits.values())
    return Manifest(
        version="tiny0001",
        name="tiny",
        inputs_sha256="0" * 64,
        recipe_sha256="0" * 64,
        sources=[],
        rows_in=kept,
        rejected=0,
        created=0,
        kept=kept,
        stages=[],
        splits=splits,
        leaks=Leaks(cross_split_pairs=0, cross_split_groups=0),
        system_prompt_sha256=hashlib.sha256(prompt.encode()).hexdigest(),
        decisions_applied=0,
    )
