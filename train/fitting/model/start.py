"""LoRAs that start at the base model's own directions, over a base model that stays as it is.

PiSSA (Meng et al. 2024, arXiv:2404.02948) and OLoRA (Büyükakyüz 2024, arXiv:2406.01775) start with matrices
B₀A₀ made of the weights W, and take them out of W: what is trained is W − sB₀A₀ + sBA. Here W is left alone,
and −sB₀A₀ is added beside it: the same model and the same gradients, with an untuned model that is untuned.
The adapter that is saved is [B, −B₀][A; A₀], a plain LoRA of twice the rank for the base model as it was.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Tensors = dict[str, "torch.Tensor"]

A, B = "start_A", "start_B"
"""Buffers of a LoRA layer: A₀ (rank, inputs) and −B₀ (outputs, rank), float32."""


def at_the_base(model: Any, init: str) -> None:
    """Puts the fresh LoRA of a PeftModel where `init` starts, and takes that start off its output."""
    for _, layer in layers(model):
        a, b = _directions(layer, init)
        layer.lora_A.default.weight.data.copy_(a)
        layer.lora_B.default.weight.data.copy_(b)
        layer.register_buffer(A, a, persistent=False)
        layer.register_buffer(B, -b, persistent=False)
        layer.register_forward_hook(_without_start)


def layers(model: Any) -> Iterator[tuple[str, Any]]:
    """The LoRA layers of a PeftModel by name, in their order."""
    from peft.tuners.lora import LoraLayer

    return ((name, module) for name, module in model.named_modules() if isinstance(module, LoraLayer))


def starts_at_base(model: Any) -> bool:
    return any(hasattr(layer, A) for _, layer in layers(model))


def with_start(model: Any, tensors: Tensors) -> Tensors:
    """An adapter's tensors by PEFT's names, with the start beside what was trained."""
    import torch

    joined = dict(tensors)
    for name, layer in layers(model):
        a, b = f"{name}.lora_A.weight", f"{name}.lora_B.weight"
        joined[a] = torch.cat([tensors[a], layer.start_A.to(tensors[a])]).contiguous()
        joined[b] = torch.cat([tensors[b], layer.start_B.to(tensors[b])], dim=1).contiguous()
    return joined


def take_start(model: Any, tensors: Tensors) -> Tensors:
    """The trained half of what `with_start` made; the other one becomes the model's start."""
    trained = dict(tensors)
    for name, layer in layers(model):
        a, b, rank = f"{name}.lora_A.weight", f"{name}.lora_B.weight", layer.r["default"]
        trained[a], trained[b] = tensors[a][:rank], tensors[b][:, :rank]
        layer.start_A.copy_(tensors[a][rank:])
        layer.start_B.copy_(tensors[b][:, rank:])
    return trained


def plain_config(model: Any) -> Any:
    """PEFT's configuration of the LoRA that `with_start` makes: twice the rank at the same scale."""
    config = deepcopy(model.peft_config["default"])
    scale = config.lora_alpha / (config.r**0.5 if config.use_rslora else config.r)
    config.r *= 2
    config.lora_alpha, config.use_rslora = scale * config.r, False
    config.inference_mode = True
    return config


def _without_start(layer: Any, args: tuple[Any, ...], output: Any) -> Any:
    from torch.nn.functional import linear

    if layer.disable_adapters:
        return output
    start = linear(linear(args[0].to(layer.start_A.dtype), layer.start_A), layer.start_B)
    return output + (layer.scaling["default"] * start).to(output.dtype)


def _directions(layer: Any, init: str) -> tuple[Any, Any]:
    """A₀ and B₀ by PEFT, which is given a layer of its own with a copy of the weights to take them from."""
    import torch
    from peft import LoraConfig
    from peft.tuners.lora.layer import Linear
    from peft.utils.integrations import dequantize_module_weight

    base = layer.get_base_layer()
    weight = dequantize_module_weight(base).detach().float()
    if layer.fan_in_fan_out:
        weight = weight.T
    copy = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False, device=weight.device)
    copy.weight.data = weight.clone()
    rank = layer.r["default"]
    config: Any = LoraConfig(r=rank)
    config.init_lora_weights = init
    # PEFT divides by its scaling what it takes out; this one's is the adapter's.
    alpha = layer.scaling["default"] * rank
    made: Any = Linear(copy, "default", config, r=rank, lora_alpha=alpha)
    return made.lora_A.default.weight.data.float(), made.lora_B.default.weight.data.float()
