"""The GPUs that a run is planned for, and the largest micro-batch that fits one.

`memory_gib` is what a process finds, below the name's figure. `nvidia-smi`'s totals stand in
https://github.com/modal-labs/modal-client/pull/2797 (T4, L4, A10, L40S, A100, H100) and
https://github.com/pytorch/ao/pull/4002 (B200); of HBM cards some is kept back by the driver, so theirs are
rounded down. `bf16`: computed natively, from compute capability 8.0 on.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from schemas.errors import UsageError
from train.plan.memory import Batch, Parts

MOST = 1024
"""Sequences in a micro-batch; more are not looked for."""


@dataclass(frozen=True, slots=True)
class Gpu:
    name: str
    memory_gib: float
    bf16: bool

    @property
    def bytes(self) -> float:
        return self.memory_gib * 2**30


GPUS = (
    Gpu("T4", 15.0, False),
    Gpu("RTX 3090", 24.0, True),
    Gpu("RTX 4090", 24.0, True),
    Gpu("L4", 22.5, True),
    Gpu("A10", 22.5, True),
    Gpu("L40S", 45.0, True),
    Gpu("A100 40GB", 39.5, True),
    Gpu("A100 80GB", 79.1, True),
    Gpu("H100", 79.1, True),
    Gpu("H200", 139.0, True),
    Gpu("B200", 178.3, True),
)


def find_gpu(name: str) -> Gpu:
    """By its name, without regard to case and spaces. Raises UsageError that names the nearest one."""
    wanted = _key(name)
    for gpu in GPUS:
        if _key(gpu.name) == wanted:
            return gpu
    near = difflib.get_close_matches(wanted, [_key(gpu.name) for gpu in GPUS], n=1, cutoff=0.0)
    nearest = next(gpu.name for gpu in GPUS if _key(gpu.name) == near[0])
    raise UsageError(
        f"--gpu {name}: not in the table; did you mean {nearest}?",
        f"use one of: {', '.join(gpu.name for gpu in GPUS)}",
    )


def largest(gpu: Gpu, length: int, memory: Callable[[Batch], Parts]) -> int:
    """How many sequences of this length fit at once, up to `MOST`; 0 where not even one does."""
    low, high = 0, MOST + 1
    while high - low > 1:
        middle = (low + high) // 2
        if memory(Batch(middle, length)).total <= gpu.bytes:
            low = middle
        else:
            high = middle
    return low


def _key(name: str) -> str:
    return name.replace(" ", "").replace("-", "").replace("_", "").lower()
