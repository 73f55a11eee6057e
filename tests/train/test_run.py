"""A run from start to end: what it keeps, what stops it, and what it refuses."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

import train
from curate.workspace import Workspace
from schemas.arrow import LOSSES, TOKENS
from schemas.errors import GateError, RecipeError, RunError
from train.fitting.fit import Fit
from train.fitting.interrupt import Interrupt
from train.progress import on_stderr
from train.session import begin

NewWorkspace = Callable[..., Workspace]
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def start(workspace: Workspace) -> train.Run:
    return train.run("tiny0001", recipe=workspace.recipe_path)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, new_workspace: NewWorkspace) -> train.Run:
    """Full fine-tuning that overshoots after its first epoch and is stopped after the third."""
    workspace = new_workspace(
        tmp_path_factory.mktemp("full"),
        method="full",
        learning_rate=5e-2,
        scheduler="constant",
        epochs=9,
        batch={"effective": 24, "per_device": 8},
        early_stopping={"patience": 2},
    )
    return start(workspace)


def test_files_of_a_run(full: train.Run) -> None:
    assert {p.name for p in full.path.iterdir()} == {
        "adapter",
        "checkpoints",
        "config.yaml",
        "losses.parquet",
        "metrics.jsonl",
        "report.html",
        "run.json",
        "tokens.parquet",
    }
    assert pq.read_schema(full.path / "losses.parquet").equals(LOSSES)
    assert pq.read_schema(full.path / "tokens.parquet").equals(TOKENS)
    info = json.loads((full.path / "run.json").read_text())
    assert info["packages"].keys() >= {"torch", "transformers", "trl", "peft"}
    assert info["tokens"]["masked_out"] == 0
    assert info["tokens"]["trained"] == full.losses().query("step == 0")["n_tokens"].sum()
    for line in full.metrics():
        if "loss" in line:
            assert {"step", "epoch", "learning_rate", "grad_norm", "tokens", "tokens_per_s"} <= line.keys()


def test_early_stopping_keeps_the_best(full: train.Run) -> None:
    validated = {m["step"]: m["validation_loss"] for m in full.metrics() if "validation_loss" in m}
    best = min(validated, key=lambda step: validated[step])
    assert full.state == "stopped early"
    assert full.info.final.best_step == best
    assert full.info.step == max(validated) == best + 2 < full.info.total_steps
    kept = {int(p.name.removeprefix("step-")) for p in (full.path / "checkpoints").iterdir()}
    assert {1, best, full.info.step} <= kept
    assert not list((full.path / "checkpoints").glob("*/optimizer.pt"))


def test_full_model_loads_and_is_the_best_one(full: train.Run) -> None:
    model = AutoModelForCausalLM.from_pretrained(full.adapter)
    assert isinstance(AutoTokenizer.from_pretrained(full.adapter).chat_template, str)
    best = full.info.final.best_step
    at_best = AutoModelForCausalLM.from_pretrained(full.path / "checkpoints" / f"step-{best:08}")
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), at_best.parameters(), strict=True))
    last = AutoModelForCausalLM.from_pretrained(full.path / "checkpoints" / f"step-{full.info.step:08}")
    assert not all(torch.equal(a, b) for a, b in zip(model.parameters(), last.parameters(), strict=True))


def test_best_step_between_epochs_has_a_snapshot_of_all_splits(
    new_workspace: NewWorkspace, tmp_path: Path
) -> None:
    """Training that changes nothing: of equal evaluations the first counts as best, within the epoch."""
    workspace = new_workspace(
        tmp_path,
        learning_rate=1e-30,
        scheduler="constant",
        warmup_ratio=0.0,
        evals_per_epoch=3,
        epochs=1,
        snapshots=[],
        max_length=96,
    )
    run = start(workspace)
    assert run.info.final.best_step == 1
    losses = run.losses().query("kind == 'snapshot'")
    assert losses.query("model == 'adapter' and step == 1").groupby("split").size().to_dict() == {
        "train": 24,
        "validation": 6,
        "test": 6,
    }
    assert set(losses.query("model == 'base'")["split"]) == {"test"}
    assert losses["truncated"].any()
    assert not losses.duplicated(["example_id", "model", "step"]).any()
    assert run.info.checkpoints == [1, 2, 3]  # the end of the only epoch, and what is spread before it
    rates = {m["step"]: m["learning_rate"] for m in run.metrics() if "loss" in m}
    assert set(run.info.checkpoints) <= rates.keys()


def test_recorder_that_does_not_see_what_is_trained_on_stops_the_run(
    new_workspace: NewWorkspace, tmp_path: Path
) -> None:
    fit = fit_of(new_workspace(tmp_path))

    def double(_module: Any, _args: Any, output: Any) -> Any:
        output.log_probs = output.log_probs * 2
        return output

    fit.trainer.model.register_forward_hook(double)  # after the recorder's hook: the loss alone is doubled
    with pytest.raises(
        GateError, match=r"step 1: the examples' losses add up to \d.*trainer's loss is \d"
    ) as raised:
        fit.run()
    (run,) = train.runs(tmp_path / "recipe.yaml")
    assert (run.state, run.info.reason) == ("failed", raised.value.problem)


def test_base_model_that_is_not_finite(new_workspace: NewWorkspace, small_base: Path, tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(small_base)
    model.model.norm.weight.data[0] = float("nan")
    model.save_pretrained(tmp_path / "broken")
    AutoTokenizer.from_pretrained(small_base).save_pretrained(tmp_path / "broken")
    workspace = new_workspace(tmp_path, model="broken")
    with pytest.raises(GateError, match="untuned model: the loss of 36 examples is not finite"):
        start(workspace)


def fit_of(workspace: Workspace) -> Fit:
    progress = on_stderr()
    return Fit(begin(workspace, "tiny0001", progress), progress, Interrupt())


def test_model_folder_missing(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with pytest.raises(RecipeError, match=r"no folder .*models/absent"):
        start(new_workspace(tmp_path / "a", model="../models/absent"))
    workspace = new_workspace(tmp_path, model="models/absent")
    with pytest.raises(RecipeError, match=r"no folder .*models/absent.*train tiny-base models/absent"):
        start(workspace)
    (tmp_path / "models" / "absent").mkdir()
    with pytest.raises(RecipeError, match=r"holds no config.json"):
        start(workspace)


def test_model_folder_damaged(new_workspace: NewWorkspace, small_base: Path, tmp_path: Path) -> None:
    shutil.copytree(small_base, tmp_path / "damaged")
    weights = tmp_path / "damaged" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(RecipeError, match=r"the model of .*damaged.* cannot be loaded"):
        start(new_workspace(tmp_path, model="damaged"))


def test_target_modules_that_no_layer_has(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    lora = {"r": 4, "target_modules": ["query_proj"]}
    workspace = new_workspace(tmp_path, lora=lora)
    with pytest.raises(RecipeError, match="names no layer of LlamaForCausalLM"):
        start(workspace)
    assert train.runs(workspace) == []


def test_recipe_without_a_train_section(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    recipe = new_workspace(tmp_path).recipe_path
    recipe.write_text(recipe.read_text().partition("train:")[0])
    with pytest.raises(RecipeError, match="no `train` section"):
        train.run("tiny0001", recipe=recipe)


def test_base_model_changed_under_an_interrupted_run(
    new_workspace: NewWorkspace, small_base: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_base, tmp_path / "base")
    workspace = new_workspace(tmp_path, model="base", epochs=2)
    fit = fit_of(workspace)

    def stop(*_: Any) -> None:
        if fit.trainer.state.global_step == 3:
            raise KeyboardInterrupt

    fit.trainer.model.register_forward_pre_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        fit.run()
    model = AutoModelForCausalLM.from_pretrained(small_base)
    model.model.layers[0].self_attn.q_proj.weight.data.mul_(1.5)
    model.save_pretrained(tmp_path / "base")
    (run,) = train.runs(workspace)
    with pytest.raises(RunError, match="the base model is not the one it was begun on"):
        train.run(recipe=workspace.recipe_path, resume=run.id)


def test_python_finds_the_recipe_of_a_version(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path, epochs=1, snapshots=[], method="lora")
    run = train.run(workspace.version("tiny0001"))
    assert run.path.parent == workspace.runs
    assert run.recipe.train == workspace.recipe.train
    adapter = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(run.info.base_model), run.adapter
    )
    assert adapter.peft_config["default"].r == 4
