"""What a layer keeps, held against autograd's own graph of the real model, on tensors without memory."""

import contextlib
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from schemas.training import Lora, Train
from train.fitting.model import add_adapter
from train.plan.activations import layer_bytes
from train.plan.setup import Setup
from train.plan.shape import read_shape

_SHORT, _LONG = 64, 128
LLAMA = {
    "hidden_size": 256,
    "intermediate_size": 640,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 40,
    "vocab_size": 1000,
}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", LLAMA),
    "qwen3": ("qwen3", LLAMA),  # norms over the heads
    "gemma": ("gemma", LLAMA),
    "phi": ("phi", {**LLAMA, "num_key_value_heads": 8, "head_dim": 32}),
    "gpt_neox": ("gpt_neox", {**LLAMA, "num_key_value_heads": 8, "head_dim": 32}),  # one fused matrix
}
FULL = Setup("full", weights=2, trained=2, compute=2, autocast=False)
LORA = Setup("lora", weights=2, trained=4, compute=2, autocast=True, rank=8)
SETUPS = {
    "full": FULL,
    "full under autocast": Setup("full", weights=4, trained=4, compute=2, autocast=True),
    "full in float32": Setup("full", weights=4, trained=4, compute=4, autocast=False),
    "lora on all": LORA,
    "lora on two": Setup(
        "lora", weights=2, trained=4, compute=2, autocast=True, rank=8, targets=("q_proj", "v_proj")
    ),
    "lora without autocast": Setup("lora", weights=2, trained=4, compute=2, autocast=False, rank=8),
}


@pytest.mark.parametrize("setup", SETUPS)
def test_a_llama_keeps_what_is_counted(setup: str) -> None:
    assert _ours("llama", SETUPS[setup]) == pytest.approx(_autograds("llama", SETUPS[setup]), rel=0.01)


@pytest.mark.parametrize(
    ("model", "setup"),
    # Autocast on a GPU runs layer norms in float32, on a CPU it does not: nothing to compare them with there
    [*((m, "full") for m in MODELS if m != "llama"), ("qwen3", "lora on all"), ("gemma", "lora on all")],
)
def test_other_models_keep_about_what_is_counted(model: str, setup: str) -> None:
    assert _ours(model, SETUPS[setup]) == pytest.approx(_autograds(model, SETUPS[setup]), rel=0.1)


def _config(model: str, layers: int) -> Any:
    from transformers import AutoConfig

    kind, settings = MODELS[model]
    return AutoConfig.for_model(kind, num_hidden_layers=layers, attn_implementation="sdpa", **settings)


def _ours(model: str, setup: Setup) -> float:
    shape = read_shape(_config(model, 2))
    return layer_bytes(shape, setup, _LONG) * _LONG - layer_bytes(shape, setup, _SHORT) * _SHORT


def _autograds(model: str, setup: Setup) -> float:
    """What one layer more keeps for so many tokens more: copies of weights do not grow with tokens."""

    def grows(layers: int) -> int:
        return _saved(model, setup, layers, _LONG) - _saved(model, setup, layers, _SHORT)

    return float(grows(2) - grows(1))


def _saved(model: str, setup: Setup, layers: int, tokens: int) -> int:
    """Bytes of all storages that autograd keeps after the forward pass, but for parameters and buffers."""
    built = _model(model, setup, layers)
    kept: dict[int, Any] = {}
    with FakeTensorMode():
        for module in built.modules():
            for name, parameter in module._parameters.items():
                if parameter is not None:
                    empty = torch.empty(parameter.shape, dtype=parameter.dtype)
                    module._parameters[name] = torch.nn.Parameter(empty, parameter.requires_grad)
            for name, buffer in module._buffers.items():
                if buffer is not None:
                    module._buffers[name] = torch.empty(buffer.shape, dtype=buffer.dtype)
        own = {t.untyped_storage()._cdata for t in [*built.parameters(), *built.buffers()]}

        def keep(tensor: Any) -> Any:
            storage = tensor.untyped_storage()
            if storage._cdata not in own:
                kept[storage._cdata] = storage
            return tensor

        autocast = torch.autocast("cpu", dtype=torch.bfloat16) if setup.autocast else contextlib.nullcontext()
        ids = torch.zeros(1, tokens, dtype=torch.long)
        with autocast, torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            alive = built(input_ids=ids, use_cache=False)
        assert alive is not None
        return sum(storage.nbytes() for storage in kept.values())


def _model(model: str, setup: Setup, layers: int) -> Any:
    """The stack of layers without the head, with float32 adapters as `train run` has them."""
    from transformers import AutoModelForCausalLM

    dtype = torch.bfloat16 if setup.weights == 2 else torch.float32
    with torch.device("meta"):
        built: Any = AutoModelForCausalLM.from_config(_config(model, layers), dtype=dtype)
        if setup.way == "lora":
            lora = Lora(r=setup.rank, dropout=0.0, target_modules=setup.targets)
            built = add_adapter(built, Train(model=model, method="lora", lora=lora), seed=0)
            for parameter in built.parameters():
                if parameter.requires_grad:
                    parameter.data = parameter.data.float()
    built.train()
    return built.get_base_model().base_model if setup.way == "lora" else built.base_model
