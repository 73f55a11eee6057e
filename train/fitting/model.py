"""The base model and its adapter, loaded as the recipe says.

LoRA after Hu et al. 2021; QLoRA (NF4, double quantisation) after Dettmers et al. 2023; DoRA after
Liu et al. 2024.
"""

import hashlib
import json
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.errors import RecipeError, UsageError
from schemas.recipe import Train
from train.fitting.compute import Compute

if TYPE_CHECKING:
    from curate.workspace import Workspace

METHODS = ("qlora", "lora", "dora", "full")
_PATH_STARTS = (".", "~", "/")


@dataclass(frozen=True, slots=True)
class Base:
    """Where the base model's files are: a local folder, or a name on the hub."""

    name: str
    local: bool


def check_method(train: Train) -> None:
    """Raises UsageError for a method that the recipe knows and this version cannot train yet."""
    if train.method not in METHODS:
        raise UsageError(
            f"train.method: {train.method!r} cannot be trained yet",
            f"use one of {', '.join(METHODS)}",
        )


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


def load_model(base: Base, train: Train, compute: Compute) -> Any:
    """The base model on the device, quantised for QLoRA, without an adapter yet.

    Frozen weights are in the format of the matrix products; those of full fine-tuning in float32.
    Raises RecipeError where it cannot be loaded.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    nf4 = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute.dtype,
    )
    try:
        model = AutoModelForCausalLM.from_pretrained(
            base.name,
            dtype=torch.float32 if train.method == "full" else compute.dtype,
            attn_implementation=_attention(base, compute),
            quantization_config=nf4 if train.method == "qlora" else None,
            device_map={"": compute.device},
            local_files_only=base.local,
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise _not_loaded(base, "model", error) from None
    model.config.use_cache = False
    _keep_quantised_weights(model)
    return model


def add_adapter(model: Any, train: Train, seed: int) -> Any:
    """The model with a fresh adapter; the model as it is for full fine-tuning. Raises RecipeError."""
    from peft import LoraConfig, get_peft_model
    from transformers import set_seed

    if train.method == "full":
        return model
    targets = train.lora.target_modules
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=train.lora.r,
        lora_alpha=train.lora.alpha,  # type: ignore[arg-type]  # PEFT divides it, a float will do
        lora_dropout=train.lora.dropout,
        target_modules=targets if isinstance(targets, str) else list(targets),
        use_dora=train.method == "dora",
    )
    set_seed(seed)
    try:
        with warnings.catch_warnings():
            # PEFT 0.21 still asks transformers by the old name.
            warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
            return get_peft_model(model, config)
    except ValueError as error:
        if "target_modules" not in str(error).lower().replace(" ", "_"):
            raise
        raise RecipeError(
            f"train.lora.target_modules: {targets!r} names no layer of {type(model).__name__}",
            "use all-linear, or names as in `model.named_modules()`, such as [q_proj, v_proj]",
        ) from None


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


def _keep_quantised_weights(model: Any) -> None:
    """Stops bitsandbytes from repacking weights on the first forward pass in eval mode.

    On a CPU with AVX-512 BF16 it rounds the scales to bfloat16 and leaves the layer so, training mode or not:
    a loss measured before and one measured after would come from two different base models.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _not_loaded(base: Base, what: str, error: Exception) -> RecipeError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    mend = (
        "mend that folder, or make one with `train tiny-base DIR`"
        if base.local
        else "check the name and the network, or name a local folder; `train tiny-base DIR` makes one"
    )
    return RecipeError(f"train.model: the {what} of {base.name!r} cannot be loaded: {reason}", mend)
