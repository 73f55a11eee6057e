"""What was trained, on disk and back: an adapter as PEFT writes it, or the whole model.

An adapter in a checkpoint is for the base model as it was loaded, whatever it started from.
"""

from pathlib import Path
from typing import Any

from train.fitting.model import start

ADAPTER_WEIGHTS = "adapter_model.safetensors"


def save_weights(model: Any, folder: Path) -> None:
    """Writes weights and configuration into a folder that stands."""
    if not hasattr(model, "peft_config"):
        model.save_pretrained(str(folder))
        return
    # With "auto", PEFT would ask the hub whether the base model's vocabulary has grown.
    model.save_pretrained(str(folder), save_embedding_layers=False)
    if start.starts_at_base(model):
        from safetensors.torch import load_file, save_file

        file = folder / ADAPTER_WEIGHTS
        save_file(start.with_start(model, load_file(file)), file, metadata={"format": "pt"})
        start.plain_config(model).save_pretrained(str(folder))


def load_adapter(model: Any, folder: Path) -> bool:
    """Copies an adapter's weights into the parameters that stand: PEFT's `load_adapter` would change their
    number format. False where the folder holds none."""
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    file = folder / ADAPTER_WEIGHTS
    if not file.exists():
        return False
    tensors = load_file(file)
    if start.starts_at_base(model):
        tensors = start.take_start(model, tensors)
    loaded: Any = set_peft_model_state_dict
    unexpected = loaded(model, tensors).unexpected_keys
    # PEFT loads virtual tokens by themselves, strictly, and names them here all the same.
    unexpected = [key for key in unexpected if key != "prompt_embeddings"]
    if unexpected:
        raise AssertionError(f"{file}: weights of layers that the model lacks: {unexpected}")
    return True
