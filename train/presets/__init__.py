"""Configurations of `accelerate launch` for runs in several processes, by name.

ddp          the model whole on each GPU
fsdp-qlora   the model in shards, 4-bit weights too (FSDP2)
zero2        DeepSpeed: gradients and optimiser state in shards
"""

from pathlib import Path

_FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def path_of(name: str) -> Path:
    """Where a preset of NAMES lies."""
    return _FOLDER / f"{name}.yaml"
