"""What was trained, on disk and back: an adapter as PEFT writes it, or the whole model.

An adapter in a checkpoint is for the base model as it was loaded, whatever it started from.
"""

from pathlib import Path
from typing import Any

from train.fitting.model import start

ADAPTER_WEIGHTS = "adapter_model.safetensors"


def whole(model: Any) -> dict[str, Any] | None:
    """What is trained of a sharded model, put together on the host, by name; None where nothing is sharded.
    All processes must call it."""
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if _mesh(model) is None:
        return None
    return {name: p.full_tensor().cpu() for name, p in trained.items()}


def save_weights(model: Any, folder: Path, tensors: dict[str, Any] | None = None) -> None:
    """Writes weights and configuration into a folder that stands. `tensors`: as `whole` has them."""
    if not hasattr(model, "peft_config"):
        model.save_pretrained(str(folder), state_dict=tensors)
        return
    # With "auto", PEFT would ask the hub whether the base model's vocabulary has grown.
    model.save_pretrained(str(folder), save_embedding_layers=False, state_dict=tensors)
    if start.starts_at_base(model):
        from safetensors.torch import load_file, save_file

        file = folder / ADAPTER_WEIGHTS
        save_file(start.with_start(model, load_file(file)), file, metadata={"format": "pt"})
        start.plain_config(model).save_pretrained(str(folder))


def load_weights(model: Any, folder: Path) -> bool:
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
    unexpected = loaded(model, _in_shards(model, tensors)).unexpected_keys
    # PEFT loads virtual tokens by themselves, strictly, and names them here all the same.
    unexpected = [key for key in unexpected if key != "prompt_embeddings"]
    if unexpected:
        raise AssertionError(f"{file}: weights of layers that the model lacks: {unexpected}")
    return True


def _in_shards(model: Any, tensors: dict[str, Any]) -> dict[str, Any]:
    """Laid over the processes as FSDP lays a parameter: by its first dimension."""
    from torch.distributed.tensor import Shard, distribute_tensor

    mesh = _mesh(model)
    if mesh is None:
        return tensors
    return {name: distribute_tensor(tensor, mesh, [Shard(0)]) for name, tensor in tensors.items()}


def _mesh(model: Any) -> Any:
    """The processes over which a model's trained parameters lie in shards; None where they are whole."""
    found = (getattr(p, "device_mesh", None) for p in model.parameters() if p.requires_grad)
    return next((mesh for mesh in found if mesh is not None), None)
