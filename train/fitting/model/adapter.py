"""What is laid on the base model and trained in its place.

LoRA after Hu et al. 2021 (arXiv:2106.09685), rsLoRA after Kalajdzievski 2023 (2312.03732), DoRA after Liu
et al. 2024 (2402.09353), IA3 after Liu et al. 2022 (2205.05638), prefix tuning after Li and Liang 2021
(2101.00190), prompt tuning after Lester et al. 2021 (2104.08691). All by PEFT.
"""

import warnings
from typing import TYPE_CHECKING, Any

from schemas.errors import RecipeError
from schemas.training import LORA_METHODS, Ia3, Lora, Train
from train.fitting.model import start

if TYPE_CHECKING:
    from peft import PeftConfig


def add_adapter(model: Any, train: Train, seed: int, task: str = "CAUSAL_LM") -> Any:
    """The model with a fresh adapter for one of PEFT's tasks; the model as it is for full fine-tuning.

    Raises RecipeError where the adapter fits no layer.
    """
    from peft import get_peft_model
    from transformers import set_seed

    if train.method == "full":
        return model
    config = _config(model, train, task)
    set_seed(seed)
    try:
        with warnings.catch_warnings():
            # PEFT 0.21 still asks transformers by the old name.
            warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
            adapted = get_peft_model(model, config)
    except ValueError as error:
        raise _misfit(model, train, error) from error
    if train.method in LORA_METHODS and train.lora.moves_base:
        start.at_the_base(adapted, train.lora.init)
    return adapted


def in_attention(module: str) -> bool:
    """Whether a module of this name is part of attention, as models name theirs."""
    return "attn" in module or "attention" in module


def scaled_layers(model_type: str, ia3: Ia3) -> tuple[list[str], list[str]]:
    """Ends of the names of the layers that IA3 scales, and of those scaled at their input: by PEFT's table
    where the recipe says auto. Raises RecipeError where the table does not have the model."""
    from peft.utils.constants import (
        TRANSFORMERS_MODELS_TO_IA3_FEEDFORWARD_MODULES_MAPPING as FEEDFORWARD,
    )
    from peft.utils.constants import TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING as TARGETS

    if ia3.target_modules == "auto" and model_type not in TARGETS:
        raise RecipeError(
            f"train.ia3: PEFT does not know which layers of {model_type} to scale",
            "name them: `ia3: {target_modules: [k_proj, down_proj], feedforward_modules: [down_proj]}`",
        )
    targets = TARGETS[model_type] if ia3.target_modules == "auto" else ia3.target_modules
    known = FEEDFORWARD.get(model_type, [])
    feedforward = known if ia3.feedforward_modules == "auto" else ia3.feedforward_modules
    return list(targets), [name for name in feedforward if name in targets]


def _config(model: Any, train: Train, task: str) -> "PeftConfig":
    from peft import IA3Config, PrefixTuningConfig, PromptTuningConfig

    if train.method == "ia3":
        targets, feedforward = scaled_layers(model.config.model_type, train.ia3)
        return IA3Config(task_type=task, target_modules=targets, feedforward_modules=feedforward)
    if train.method == "prefix":
        zero = train.prefix.init == "zero"
        return PrefixTuningConfig(
            task_type=task, num_virtual_tokens=train.prefix.tokens, init_weights="zero" if zero else None
        )
    if train.method == "prompt":
        inits = {"vocabulary": "SAMPLE_VOCAB", "text": "TEXT", "random": "RANDOM"}
        return PromptTuningConfig(
            task_type=task,
            num_virtual_tokens=train.prompt.tokens,
            prompt_tuning_init=inits[train.prompt.init],
            prompt_tuning_init_text=train.prompt.text,
            tokenizer_name_or_path=model.name_or_path if train.prompt.text else None,
        )
    return _lora(model, train, task)


def _lora(model: Any, train: Train, task: str) -> "PeftConfig":
    from peft import LoraConfig

    lora = train.lora
    return LoraConfig(
        task_type=task,
        r=lora.r,
        lora_alpha=lora.alpha,  # type: ignore[arg-type]  # PEFT divides it, a float will do
        lora_dropout=lora.dropout,
        target_modules=_targets(model, lora),
        use_rslora=lora.rslora,
        use_dora=train.method == "dora",
        init_lora_weights=True if lora.init == "default" or lora.moves_base else lora.init,  # type: ignore[arg-type]
    )


def _targets(model: Any, lora: Lora) -> str | list[str]:
    """For PEFT, to which a name in a list is the end of a layer's name."""
    targets = lora.target_modules
    if targets == "attention":
        return _attention_layers(model)
    if targets == "all-linear":
        return targets
    return [targets] if isinstance(targets, str) else list(targets)


def _attention_layers(model: Any) -> list[str]:
    import torch
    from transformers.pytorch_utils import Conv1D

    linear = (torch.nn.Linear, Conv1D)
    names = {name for name, module in model.named_modules() if isinstance(module, linear)}
    # The whole path below a layer, `self_attn.q_proj`: another part of the model may have a q_proj, too.
    return sorted({".".join(name.split(".")[-2:]) for name in names if in_attention(name)})


def _misfit(model: Any, train: Train, error: ValueError) -> Exception:
    """PEFT's word for layers that are not there, as an error of the recipe's; anything else as it is."""
    said = str(error).lower().replace(" ", "_")
    kind = type(model).__name__
    if "target_modules" not in said:
        return error
    if train.method == "ia3":
        return RecipeError(
            f"train.ia3.target_modules: {list(train.ia3.target_modules)} names no layer of {kind}",
            "use auto, or names as in `model.named_modules()`, such as [k_proj, v_proj, down_proj]",
        )
    return RecipeError(
        f"train.lora.target_modules: {train.lora.target_modules!r} names no layer of {kind}",
        "use all-linear, attention, or names as in `model.named_modules()`, such as [q_proj, v_proj]",
    )
