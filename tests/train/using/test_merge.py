"""A merged model: the losses of base plus adapter, and an error where they are not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from huggingface_hub import ModelCard
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

import train
from curate.workspace import Workspace
from schemas.errors import GateError, UsageError
from train.cli import group
from train.store import open_run
from train.using.combining import plan
from train.using.losses import measure, sample
from train.using.merging import merge
from train.using.opened import Opened, load_tuned, open_for_use

FAST = {"epochs": 1, "snapshots": [], "learning_rate": 5e-2, "scheduler": "constant", "warmup_ratio": 0.0}


@pytest.mark.parametrize(("dtype", "allowed"), [("float32", 1e-3), ("bfloat16", 5e-2)])
def test_the_losses_stay(
    opened: Opened, small_base: Path, tmp_path: Path, said: list[str], dtype: Any, allowed: float
) -> None:
    merged = merge(opened, tmp_path / "m", say=said.append, dtype=dtype)
    assert merged.examples == 6
    assert merged.largest <= allowed == merged.tolerance
    assert merged.in_training == pytest.approx(merged.before, abs=1e-4)
    assert load_file(tmp_path / "m" / "model.safetensors")["model.norm.weight"].dtype == getattr(torch, dtype)
    base = measure(AutoModelForCausalLM.from_pretrained(small_base), sample(opened, 6))
    assert abs(sum(base.values()) / 6 - merged.after) > 0.1  # the adapter did change something


def test_what_lies_beside_the_weights(opened: Opened, tmp_path: Path, said: list[str]) -> None:
    merge(opened, tmp_path / "m", say=said.append)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "m")
    assert tokenizer.chat_template == opened.tokenizer.chat_template
    generation = json.loads((tmp_path / "m" / "generation_config.json").read_text())
    assert generation["eos_token_id"] == tokenizer.convert_tokens_to_ids("<|end|>")
    lock = json.loads((tmp_path / "m" / "siftune.json").read_text())
    assert lock["run"] == opened.run.id
    card = ModelCard.load(tmp_path / "m" / "README.md")
    assert card.data.library_name == "transformers"
    assert "AutoModelForCausalLM.from_pretrained" in card.text
    with pytest.raises(UsageError, match="holds something already"):
        merge(opened, tmp_path / "m", say=said.append)


def test_a_merge_that_lost_the_adapter_leaves_nothing(
    opened: Opened, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft import PeftModel

    monkeypatch.setattr(PeftModel, "merge_and_unload", lambda self, **_: self.unload(), raising=False)
    with pytest.raises(GateError, match=r"not base \+ adapter: the loss of example \w{20} moved by \d"):
        merge(opened, tmp_path / "m", say=said.append)
    assert list(tmp_path.iterdir()) == []


def test_qlora_goes_into_the_unquantised_base(
    new_workspace: Callable[..., Workspace], small_base: Path, tmp_path: Path, said: list[str]
) -> None:
    workspace = new_workspace(tmp_path / "q", **FAST, method="qlora")
    train.run("tiny0001", recipe=workspace.recipe_path)
    opened = open_for_use(workspace.recipe_path, None, say=said.append)
    merged = merge(opened, tmp_path / "m", say=said.append)
    assert merged.largest <= 1e-3
    assert merged.in_training is not None
    assert abs(merged.in_training - merged.before) > 1e-3
    assert "training saw the base in 4 bits" in said[-1]
    untouched = load_file(small_base / "model.safetensors")["model.embed_tokens.weight"]
    assert torch.equal(
        load_file(tmp_path / "m" / "model.safetensors")["model.embed_tokens.weight"], untouched
    )


@pytest.mark.parametrize("method", ["dora", "full"])
def test_other_methods(
    new_workspace: Callable[..., Workspace], tmp_path: Path, said: list[str], method: str
) -> None:
    workspace = new_workspace(tmp_path / "w", **FAST | {"learning_rate": 1e-2}, method=method)
    train.run("tiny0001", recipe=workspace.recipe_path)
    opened = open_for_use(workspace.recipe_path, None, say=said.append)
    assert merge(opened, tmp_path / "m", say=said.append).largest <= 1e-3


def test_adapters_combined(lora: Workspace, desk: Workspace, tmp_path: Path, said: list[str]) -> None:
    """The same adapter twice, at half weight each, is that adapter; at weights 1 and 0 too."""
    first = open_for_use(lora.recipe_path, None, say=said.append)
    second = open_for_use(desk.recipe_path, None, say=said.append)
    rows = sample(first, 6)
    alone = measure(load_tuned(first, torch.float32), rows)
    for weights in ([], [1.0, 0.0]):
        out = tmp_path / f"m{len(weights)}"
        merged = merge(first, out, say=said.append, combination=plan(first, [second], "cat", weights, 0.5))
        assert merged.in_training is None
        assert merged.before == pytest.approx(sum(alone.values()) / 6, abs=1e-3)
        assert f"Combined with the adapters of `{second.run.id}` by `cat`" in (out / "README.md").read_text()
    half = plan(first, [second], "ties", [0.5, 0.5], 0.5)
    merged = merge(first, tmp_path / "ties", say=said.append, combination=half)
    assert merged.before != pytest.approx(sum(alone.values()) / 6, abs=1e-3)
    with pytest.raises(UsageError, match="3 weights for 2 runs"):
        plan(first, [second], "cat", [1, 2, 3], 0.5)


def test_the_command(desk: Workspace) -> None:
    done = CliRunner().invoke(group, ["merge", open_run(desk).id, "--recipe", str(desk.recipe_path)])
    assert done.exit_code == 0, done.output
    folder = open_run(desk).path / "merged"
    assert done.stdout == f"{folder}\n"
    assert "one moved by at most" in done.stderr
    assert AutoModelForCausalLM.from_pretrained(folder).config.use_cache
