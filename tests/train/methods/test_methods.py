"""Every way to train: each example's loss is that of the untouched base model, and of it with the adapter as
it is saved, by PEFT and transformers alone, one row at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

import train
from curate.workspace import Workspace
from train.tokens import TokenRow, prepare

# PEFT 0.21 still asks transformers by the old name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

LORA = {"r": 4, "alpha": 8, "dropout": 0.0}
PREFIX = {"method": "prefix", "prefix": {"tokens": 5}, "learning_rate": 0.2}
PROMPT = {"method": "prompt", "prompt": {"tokens": 5}, "learning_rate": 0.5}
FP4 = {"bits": 4, "type": "fp4", "double": False}
CASES: dict[str, dict[str, Any]] = {
    "ia3-packed": {"method": "ia3", "packing": True, "learning_rate": 0.2},
    "prefix": {**PREFIX, "packing": True, "group_by_length": True},
    "prompt": {**PROMPT, "prompt": {"tokens": 5, "init": "text", "text": "Be brief."}},
    "prefix-4bit": {**PREFIX, "prefix": {"tokens": 5, "init": "random"}, "quantization": {"bits": 4}},
    "prompt-8bit": {**PROMPT, "quantization": {"bits": 8}},
    "ia3-fp4": {"method": "ia3", "learning_rate": 0.2, "quantization": FP4, "gradient_checkpointing": True},
    "pissa": {"method": "lora", "packing": True, "lora": {**LORA, "init": "pissa"}},
    "pissa-4bit": {"method": "qlora", "lora": {**LORA, "init": "pissa_niter_4", "rslora": True}},
    "olora-attention": {"method": "lora", "lora": {**LORA, "init": "olora", "target_modules": "attention"}},
    "qlora-8bit-packed": {"method": "qlora", "packing": True, "quantization": {"bits": 8}},
    "dora-4bit": {"method": "dora", "quantization": {"bits": 4}},
    "full": {"method": "full"},
}
RELATIVE = 1e-4
NewWorkspace = Callable[..., Workspace]


@pytest.fixture(scope="module", params=CASES)
def run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, new_workspace: NewWorkspace
) -> train.Run:
    """One epoch at a rate that moves the weights a lot."""
    settings = {"learning_rate": 2e-2, "epochs": 1, "scheduler": "constant", "snapshots": ["base", "epoch"]}
    workspace = new_workspace(tmp_path_factory.mktemp(request.param), **settings | CASES[request.param])
    return train.run("tiny0001", recipe=workspace.recipe_path)


def test_losses_are_those_of_the_untouched_base_and_of_the_saved_adapter(run: train.Run) -> None:
    losses = run.losses()
    for model, adapter in (("base", None), ("adapter", run.adapter)):
        taken = losses.query("kind == 'snapshot' and model == @model").set_index("example_id")["nll_sum"]
        expected = reference(run, adapter)
        assert set(taken.index) == set(expected)
        for name, nll in taken.items():
            assert nll == pytest.approx(expected[name], rel=RELATIVE), (model, name)
    # The adapter is far enough from the base model for this to mean something.
    each = losses.query("kind == 'snapshot'").pivot_table("loss", "example_id", "model")
    assert (each["adapter"] - each["base"]).abs().max() > 0.01


def test_what_is_seen_adds_up_to_what_is_trained_on(run: train.Run) -> None:
    seen = run.losses().query("kind == 'seen'")
    assert len(seen) == 24
    each = seen.groupby("step").agg({"nll_sum": "sum", "n_tokens": "sum"})
    logged = {m["step"]: m["loss"] for m in run.metrics() if "loss" in m}
    for step, row in each.iterrows():
        assert row["nll_sum"] / row["n_tokens"] == pytest.approx(logged[step], rel=RELATIVE)


def reference(run: train.Run, adapter: Path | None) -> dict[str, float]:
    """nll by example. A whole model lies where an adapter would, after full fine-tuning."""
    settings = run.recipe.train
    assert settings is not None
    whole = settings.method == "full" and adapter is not None
    model: Any = AutoModelForCausalLM.from_pretrained(
        adapter if whole else settings.model, dtype=torch.float32, quantization_config=quantised(settings)
    )
    if adapter is not None and not whole:
        model = PeftModel.from_pretrained(model, adapter)
    # Nothing in it drops out; in eval mode bitsandbytes would round the base model's scales on some CPUs.
    model.train()
    return {row.example_id: nll(model, row) for row in rows_of(run)}


def quantised(settings: Any) -> BitsAndBytesConfig | None:
    how = settings.quantised
    if how is None:
        return None
    if how.bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=how.type,
        bnb_4bit_use_double_quant=how.double,
        bnb_4bit_compute_dtype=torch.float32,
    )


def rows_of(run: train.Run) -> tuple[TokenRow, ...]:
    workspace = Workspace.open(run.path.parents[2] / "recipe.yaml")
    tokenizer = AutoTokenizer.from_pretrained(run.recipe.train.model)
    return prepare(workspace.version("tiny0001").examples(), tokenizer, 256).rows


def nll(model: Any, row: TokenRow) -> float:
    ids, labels = torch.tensor([list(row.input_ids)]), torch.tensor(row.labels)
    with torch.no_grad():
        logits = model(input_ids=ids).logits[0, -len(row) : -1].double()
    return torch.nn.functional.cross_entropy(logits, labels[1:], reduction="sum").item()
