"""Packed examples must not see each other: true of some models, and asked of each before it is packed for."""

import random
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BloomConfig,
    LlamaConfig,
    MambaConfig,
    MixtralConfig,
)

import train
from curate.workspace import Workspace
from schemas.training import Train
from train.fitting.compute import choose
from train.fitting.isolation import isolates
from train.tokens import TokenRow

SIZES = {"vocab_size": 256, "hidden_size": 32, "num_hidden_layers": 2, "initializer_range": 0.2}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 64}


def rows() -> list[TokenRow]:
    rng = random.Random(0)
    tokens = [array("i", [rng.randrange(3, 250) for _ in range(30)]) for _ in range(3)]
    return [TokenRow(str(i), "train", ids, ((5, 30),), 0) for i, ids in enumerate(tokens)]


def built(config: Any, attention: str) -> Any:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, attn_implementation=attention)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_llama_keeps_packed_examples_apart(attention: str) -> None:
    assert isolates(built(LlamaConfig(**SIZES, **HEADS), attention), rows(), choose(Train(model="m")))


@pytest.mark.parametrize(
    "config",
    [
        BloomConfig(vocab_size=256, hidden_size=32, n_layer=2, n_head=4, initializer_range=0.2),
        MambaConfig(**SIZES),
    ],
    ids=["positions from the mask", "state carried along"],
)
def test_models_that_mix_packed_examples_are_found_out(config: Any) -> None:
    assert not isolates(built(config, "eager"), rows(), choose(Train(model="m")))


def test_padding_where_packing_would_mix(
    new_workspace: Callable[..., Workspace],
    small_base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(small_base)
    config = BloomConfig(
        vocab_size=len(tokenizer), hidden_size=32, n_layer=2, n_head=4, pad_token_id=0, initializer_range=0.2
    )
    save(built(config, "eager"), tokenizer, tmp_path / "bloom")
    workspace = new_workspace(tmp_path, model="bloom", packing=True, epochs=1, method="full")
    run = train.run("tiny0001", recipe=workspace.recipe_path)
    assert "padding instead of packing: packed examples see each other in Bloom" in capsys.readouterr().err
    assert run.info.final.test_loss < run.info.final.base_test_loss


def test_losses_of_a_mixture_of_experts_add_up(
    new_workspace: Callable[..., Workspace], small_base: Path, tmp_path: Path
) -> None:
    """Its training loss holds a balancing loss beside the examples' own."""
    tokenizer = AutoTokenizer.from_pretrained(small_base)
    config = MixtralConfig(
        **{**SIZES, **HEADS, "vocab_size": len(tokenizer)},
        num_local_experts=4,
        router_aux_loss_coef=0.5,
        output_router_logits=True,
    )
    save(built(config, "sdpa"), tokenizer, tmp_path / "mixtral")
    lora = {"r": 4, "alpha": 8, "dropout": 0.0, "target_modules": ["q_proj", "v_proj"]}
    workspace = new_workspace(tmp_path, model="mixtral", packing=True, epochs=1, lora=lora)
    run = train.run("tiny0001", recipe=workspace.recipe_path)
    seen = run.losses().query("kind == 'seen' and step == 1")
    assert run.metrics()[0]["loss"] > seen["nll_sum"].sum() / seen["n_tokens"].sum() + 0.3


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
