"""What a run computes with: device, number format, attention, optimiser, and the reason for each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

Device = Literal["cpu", "cuda"]

_TOKENS_AT_ONCE: dict[Device, int] = {"cpu": 4096, "cuda": 16384}
_SHORT_PACK = 256


@dataclass(frozen=True, slots=True)
class Compute:
    """`bf16`: matrix products in bfloat16; what is trained stays in float32 either way.
    `attention`: transformers' name for how it is computed; a model may know only another one.
    `recompute`: activations are computed again in the backward pass instead of kept.
    `tokens_at_once`: the most tokens, padding included, that go through the model together."""

    device: Device
    bf16: bool
    attention: str
    optimiser: str
    recompute: bool
    tokens_at_once: int
    reasons: tuple[str, ...]

    @property
    def flash(self) -> bool:
        """Whether packed examples cost what they cost alone; else a pack costs its length squared."""
        return self.attention == "flash_attention_2"

    def pack_length(self, max_length: int, longest: int) -> int:
        """Tokens a pack may hold, where no example may hold more than `max_length` and the longest so many.

        On a CPU without flash attention a long pack costs more than the padding that it saves.
        """
        return max(longest, min(max_length, _SHORT_PACK)) if self.device == "cpu" else max_length

    @property
    def dtype(self) -> "torch.dtype":
        """The format of frozen weights and of matrix products."""
        import torch

        return torch.bfloat16 if self.bf16 else torch.float32

    def autocast(self) -> "torch.autocast":
        """The context every forward pass of a run stands in, training and measuring alike."""
        import torch

        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16)


def choose() -> Compute:
    """What this machine does best."""
    import torch
    from transformers.utils.import_utils import is_flash_attn_2_available

    if not torch.cuda.is_available():
        return Compute(
            device="cpu",
            bf16=False,
            attention="sdpa",
            optimiser="adamw_torch",
            recompute=False,
            tokens_at_once=_TOKENS_AT_ONCE["cpu"],
            reasons=(
                "cpu: no GPU found",
                "float32: bfloat16 gains nothing here",
                "AdamW: memory is not short",
            ),
        )
    bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    flash = bf16 and is_flash_attn_2_available()
    return Compute(
        device="cuda",
        bf16=bf16,
        attention="flash_attention_2" if flash else "sdpa",
        optimiser="paged_adamw_8bit",
        recompute=True,
        tokens_at_once=_TOKENS_AT_ONCE["cuda"],
        reasons=(
            f"cuda: {torch.cuda.get_device_name()}",
            "bfloat16: the GPU supports it" if bf16 else "float32: the GPU has no bfloat16",
            "flash attention: installed" if flash else "scaled-dot-product attention: no flash-attn package",
            "paged 8-bit AdamW and recomputed activations: to save GPU memory",
        ),
    )
