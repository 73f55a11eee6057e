"""The base model and its tokenizer, loaded as the recipe says.

4 bits (NF4, FP4, double quantisation) after Dettmers et al. 2023, arXiv:2305.14314; 8 bits after Dettmers
et al. 2022, arXiv:2208.07339. Both by bitsandbytes.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.errors import RecipeError
from schemas.training import Quantization, Train
from train.fitting.compute import Compute
from train.ranks import is_sharding

if TYPE_CHECKING:
    import torch

    from curate.workspace import Workspace

_PATH_STARTS = (".", "~", "/")


@dataclass(frozen=True, slots=True)
class Base:
    """Where the base model's files are: a local folder, or a name on the hub."""

    name: str
    local: bool


def find_base(workspace: "Workspace", train: Train) -> Base:
    """A folder beside the recipe where there is one, else a hub name. Raises RecipeError.

    `models/base` is a missing folder where there is a folder `models`, and a hub name where there is none.
    """
    folder = workspace.resolve(train.model)
    if (folder / "config.json").is_file():
        return Base(str(folder), local=True)
    if folder.is_dir():
        raise RecipeError(
            f"{workspace.recipe_path}: train.model: {folder} holds no config.json, so it is no model",
            f"name a folder that `save_pretrained` wrote, or make one with `train tiny-base {train.model}`",
        )
    if folder.parent.is_dir() or train.model.startswith(_PATH_STARTS) or train.model.count("/") != 1:
        raise RecipeError(
            f"{workspace.recipe_path}: train.model: no folder {folder}",
            f"make one with `train tiny-base {train.model}`, or name a model of the hub (owner/name)",
        )
    return Base(train.model, local=False)


def load_tokenizer(base: Base) -> Any:
    """The base model's tokenizer. Raises RecipeError where it cannot be loaded."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(base.name, local_files_only=base.local)
    except (OSError, ValueError) as error:
        raise _not_loaded(base, "tokenizer", error) from None


def load_model(base: Base, train: Train, compute: Compute, automatic: Any = None, **settings: Any) -> Any:
    """The base model on the device, quantised where the recipe says so, without an adapter yet.

    `automatic` is transformers' class for the kind of model, with a language model's head when None;
    `settings` overrule its config.
    Frozen weights are in the format of the matrix products; those of full fine-tuning in float32.
    Raises RecipeError where it cannot be loaded.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        model = (automatic or AutoModelForCausalLM).from_pretrained(
            base.name,
            dtype=torch.float32 if train.method == "full" else compute.dtype,
            attn_implementation=_attention(base, compute),
            quantization_config=quantise(train.quantised, compute.dtype),
            device_map={"": compute.device},
            local_files_only=base.local,
            **settings,
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise _not_loaded(base, "model", error) from None
    model.config.use_cache = False
    _measure_as_trained(model)
    return model


def quantise(how: Quantization | None, dtype: "torch.dtype") -> Any:
    """transformers' configuration of a quantised model whose products are in `dtype`; None for none."""
    from transformers import BitsAndBytesConfig

    if how is None:
        return None
    if how.bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=how.type,
        bnb_4bit_use_double_quant=how.double,
        bnb_4bit_compute_dtype=dtype,
        # FSDP lays only floating-point numbers in shards, so four bits are kept in their clothes.
        bnb_4bit_quant_storage=dtype if is_sharding() else None,
    )


def fingerprint(model: Any) -> str:
    """A hash over a sample of every frozen tensor, and over the names of all: tells a changed base model."""
    digest = hashlib.sha256()
    for name, parameter in sorted(model.named_parameters()):
        if not parameter.requires_grad:
            sample = parameter.detach().reshape(-1)[:64].float().cpu().numpy()
            digest.update(json.dumps([name, list(parameter.shape)]).encode() + sample.tobytes())
    return digest.hexdigest()


def _attention(base: Base, compute: Compute) -> str | None:
    """Flash attention where machine and model have it; else None, the best that transformers knows of."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(base.name, local_files_only=base.local)
    known = AutoModelForCausalLM._model_mapping
    supported = type(config) in known and getattr(known[type(config)], "_supports_flash_attn", False)
    return compute.attention if compute.flash and supported else None


def _measure_as_trained(model: Any) -> None:
    """Keeps bitsandbytes from computing otherwise in eval mode than in training, as it does on a CPU: a loss
    measured before and one measured after would come from two different base models.

    In 4 bits, with AVX-512 BF16, it rounds the scales to bfloat16 on the first forward pass in eval mode and
    leaves the layer so. In 8 bits it rounds inputs too, but in eval mode alone.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
        if type(module).__name__ == "Linear8bitLt" and module.weight.device.type == "cpu":
            module.training = True
            module.train = lambda _mode=True, module=module: module


def _not_loaded(base: Base, what: str, error: Exception) -> RecipeError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    mend = (
        "mend that folder, or make one with `train tiny-base DIR`"
        if base.local
        else "check the name and the network, or name a local folder; `train tiny-base DIR` makes one"
    )
    return RecipeError(f"train.model: the {what} of {base.name!r} cannot be loaded: {reason}", mend)
