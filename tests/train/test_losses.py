"""The loss of each example is the one that transformers alone computes, without padding, packing or TRL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

import train
from curate.workspace import Workspace
from train.tokens import TokenRow, prepare

CASES = {
    "lora-padded": {"method": "lora", "packing": False},
    "lora-packed": {"method": "lora", "packing": True},
    "qlora-padded": {"method": "qlora", "packing": False},
    "qlora-packed": {"method": "qlora", "packing": True},
    "dora-packed": {"method": "dora", "packing": True},
}
RELATIVE = 1e-4

# PEFT 0.21 still asks transformers by the old name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


@pytest.fixture(scope="module", params=CASES)
def run(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_workspace: Callable[..., Workspace],
) -> train.Run:
    """Two epochs at a rate that moves the weights a lot, several micro-batches a step, no dropout."""
    workspace = new_workspace(
        tmp_path_factory.mktemp(request.param),
        **CASES[request.param],
        learning_rate=2e-2,
        scheduler="constant",
        batch={"effective": 12, "per_device": 4},
    )
    return train.run("tiny0001", recipe=workspace.recipe_path)


def reference(run: train.Run, adapter: Path | None) -> dict[str, tuple[float, float, int, int]]:
    """By example: nll, highest nll of a token, tokens predicted right, trained tokens. One row at a time."""
    nf4 = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
    )
    base = run.recipe.train.model
    model = AutoModelForCausalLM.from_pretrained(
        base, dtype=torch.float32, quantization_config=nf4 if run.info.method == "qlora" else None
    )
    if adapter is not None:
        model = PeftModel.from_pretrained(model, adapter)
    # Nothing in it drops out; in eval mode bitsandbytes would round the base model's scales on some CPUs.
    model.train()
    return {row.example_id: _score(model, row) for row in rows_of(run)}


def rows_of(run: train.Run) -> tuple[TokenRow, ...]:
    workspace = Workspace.open(run.path.parents[2] / "recipe.yaml")
    tokenizer = AutoTokenizer.from_pretrained(run.recipe.train.model)
    return prepare(workspace.version("tiny0001").examples(), tokenizer, 256).rows


def _score(model: Any, row: TokenRow) -> tuple[float, float, int, int]:
    ids, labels = torch.tensor([list(row.input_ids)]), torch.tensor(row.labels)
    with torch.no_grad():
        logits = model(input_ids=ids).logits[0, :-1].double()
    labels = labels[1:]
    trained = labels != -100
    nll = torch.nn.functional.cross_entropy(logits[trained], labels[trained], reduction="none")
    correct = (logits[trained].argmax(-1) == labels[trained]).sum()
    return nll.sum().item(), nll.max().item(), int(correct), int(trained.sum())


def assert_same(losses: pd.DataFrame, expected: dict[str, tuple[float, float, int, int]]) -> None:
    assert len(losses)
    for row in losses.itertuples():
        nll, highest, correct, trained = expected[row.example_id]
        assert row.nll_sum == pytest.approx(nll, rel=RELATIVE), row
        assert row.max_token_nll == pytest.approx(highest, rel=RELATIVE), row
        assert (row.n_correct, row.n_tokens) == (correct, trained), row
        assert row.loss == pytest.approx(nll / trained, rel=RELATIVE), row


def test_base_snapshot(run: train.Run) -> None:
    losses = run.losses().query("model == 'base'")
    assert set(losses["split"]) == {"train", "validation", "test"}
    assert len(losses) == 36
    assert_same(losses, reference(run, None))


def test_adapter_snapshots_and_what_is_seen_on_the_way(run: train.Run) -> None:
    losses = run.losses()
    first = int(losses.query("kind == 'snapshot' and model == 'adapter'")["step"].min())
    expected = reference(run, run.path / "checkpoints" / f"step-{first:08}")
    snapshot = losses.query("kind == 'snapshot' and model == 'adapter' and step == @first")
    assert len(snapshot) == 36
    assert_same(snapshot, expected)
    # The step after the epoch's end trains on the weights of that end: several packs, several micro-batches.
    seen = losses.query("kind == 'seen' and step == @first + 1")
    assert_same(seen, expected)
    # And the adapter is far enough from the base model for this to mean something.
    base = losses.query("model == 'base'").set_index("example_id")["loss"]
    assert (snapshot.set_index("example_id")["loss"] - base).abs().max() > 0.1


def test_kept_adapter_and_token_losses(run: train.Run) -> None:
    best = run.info.final.best_step
    losses = run.losses().query("kind == 'snapshot' and model == 'adapter' and step == @best")
    expected = reference(run, run.adapter)
    assert_same(losses, expected)
    tokens = run.tokens().query("model == 'adapter'").set_index("example_id")
    assert set(tokens["step"]) == {best}
    for row in rows_of(run):
        assert tokens["token_ids"][row.example_id].tolist() == [t for t in row.labels if t != -100]
        assert tokens["nll"][row.example_id].sum() == pytest.approx(expected[row.example_id][0], rel=RELATIVE)


def test_every_train_example_is_seen_once_an_epoch(run: train.Run) -> None:
    seen = run.losses().query("kind == 'seen'")
    assert len(seen) == 48
    assert (seen.groupby("example_id").size() == 2).all()
    assert set(seen["split"]) == {"train"}
    each = seen.groupby("step").agg({"nll_sum": "sum", "n_tokens": "sum"})
    logged = {m["step"]: m["loss"] for m in run.metrics() if "loss" in m}
    for step, row in each.iterrows():
        assert row["nll_sum"] / row["n_tokens"] == pytest.approx(logged[step], rel=RELATIVE)


def test_final_losses_are_token_weighted(run: train.Run) -> None:
    final, losses = run.info.final, run.losses()
    base = losses.query("model == 'base' and split == 'test'")
    assert final.base_test_loss == pytest.approx(base["nll_sum"].sum() / base["n_tokens"].sum())
    kept = losses.query("model == 'adapter' and kind == 'snapshot' and step == @final.best_step")
    for split, loss in (("test", final.test_loss), ("validation", final.validation_loss)):
        chosen = kept[kept["split"] == split]
        assert loss == pytest.approx(chosen["nll_sum"].sum() / chosen["n_tokens"].sum())
    lowest = min(m["validation_loss"] for m in run.metrics() if "validation_loss" in m)
    assert final.validation_loss == pytest.approx(lowest)
