"""What an evaluation computes with: a GPU in bfloat16 where it has that natively, else float32."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

_TOKENS_AT_ONCE = {"cpu": 4096, "cuda": 16384}


@dataclass(frozen=True, slots=True)
class Machine:
    """`tokens_at_once`: the most that go through the model together, padding and answers included."""

    device: Literal["cpu", "cuda"]
    bf16: bool

    @property
    def dtype(self) -> "torch.dtype":
        """Of weights that are not quantised, and of products."""
        import torch

        return torch.bfloat16 if self.bf16 else torch.float32

    @property
    def dtype_name(self) -> str:
        return "bfloat16" if self.bf16 else "float32"

    @property
    def tokens_at_once(self) -> int:
        return _TOKENS_AT_ONCE[self.device]


def this_machine() -> Machine:
    import torch

    if not torch.cuda.is_available():
        return Machine("cpu", bf16=False)
    return Machine("cuda", bf16=torch.cuda.is_bf16_supported(including_emulation=False))
