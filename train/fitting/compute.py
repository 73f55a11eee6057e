"""What a run computes with: device, number format, attention, optimiser, and the reason for each.

`train run` decides for the machine that it stands on, `train plan` for one that it is told of, by the same
rules.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from schemas.errors import UsageError
from schemas.training import Optimizer, Train
from train.ranks import is_sharding

if TYPE_CHECKING:
    import torch

Device = Literal["cpu", "cuda"]
Precision = Literal["float32", "bfloat16", "float16"]

_TOKENS_AT_ONCE: dict[Device, int] = {"cpu": 4096, "cuda": 16384}
_SHORT_PACK = 256


@dataclass(frozen=True, slots=True)
class Machine:
    """`name` is how the device is called, or why it is this one. `bf16`: bfloat16 is native to it. `flash`:
    flash attention is installed. `shards`: the model is laid in shards over several processes."""

    device: Device
    name: str
    bf16: bool = False
    flash: bool = False
    shards: bool = False


@dataclass(frozen=True, slots=True)
class Compute:
    """`precision` of matrix products; what is trained stays in float32.
    `attention`: transformers' name for how it is computed; a model may know only another one. `optimiser`: as
    transformers calls it.
    `recompute`: activations are computed again in the backward pass instead of kept.
    `tokens_at_once`: the most tokens, padding included, that go through the model together; `virtual_tokens`
    stand before each sequence."""

    device: Device
    precision: Precision
    attention: str
    optimiser: str
    recompute: bool
    tokens_at_once: int
    reasons: tuple[str, ...]
    virtual_tokens: int = 0

    @property
    def bf16(self) -> bool:
        return self.precision == "bfloat16"

    @property
    def flash(self) -> bool:
        """Whether packed examples cost what they cost alone; else a pack costs its length squared."""
        return self.attention == "flash_attention_2"

    def at_once(self, length: int) -> int:
        """How many sequences of this length go through the model together."""
        return max(1, self.tokens_at_once // (length + self.virtual_tokens))

    def pack_length(self, max_length: int, longest: int) -> int:
        """Tokens a pack may hold, where no example may hold more than `max_length` and the longest so many.

        On a CPU without flash attention a long pack costs more than the padding that it saves.
        """
        return max(longest, min(max_length, _SHORT_PACK)) if self.device == "cpu" else max_length

    @property
    def dtype(self) -> "torch.dtype":
        """The format of frozen weights and of matrix products."""
        import torch

        dtype: torch.dtype = getattr(torch, self.precision)
        return dtype

    def autocast(self) -> "torch.autocast":
        """The context every forward pass of a run stands in, training and measuring alike."""
        import torch

        return torch.autocast(self.device, dtype=self.dtype, enabled=self.precision != "float32")


def choose(train: Train) -> Compute:
    """What a run does on this machine. Raises UsageError for what the machine lacks."""
    return decide(train, this_machine())


def this_machine() -> Machine:
    import torch
    from transformers.utils.import_utils import is_flash_attn_2_available

    if not torch.cuda.is_available():
        return Machine("cpu", "no GPU found", shards=is_sharding())
    return Machine(
        "cuda",
        torch.cuda.get_device_name(),
        bf16=torch.cuda.is_bf16_supported(including_emulation=False),
        flash=is_flash_attn_2_available(),
        shards=is_sharding(),
    )


def decide(train: Train, machine: Machine) -> Compute:
    """What a run does on a machine. Raises UsageError for what the machine lacks, or the method."""
    precision, why_precision = _precision(train, machine)
    flash = machine.flash and machine.bf16 and precision != "float32"
    optimiser, why_optimiser = _optimiser(train.optimizer, machine)
    recompute, why_recompute = _recompute(train, machine)
    attention = (
        "flash attention: installed" if flash else "scaled-dot-product attention: no flash-attn package"
    )
    reasons = (
        f"{machine.device}: {machine.name}",
        *([said] if (said := _quantised(train, machine)) else []),
        why_precision,
        *([attention] if machine.device == "cuda" else []),
        why_optimiser,
        why_recompute,
    )
    return Compute(
        device=machine.device,
        precision=precision,
        attention="flash_attention_2" if flash else "sdpa",
        optimiser=optimiser,
        recompute=recompute,
        tokens_at_once=_TOKENS_AT_ONCE[machine.device],
        virtual_tokens=train.virtual_tokens,
        reasons=reasons,
    )


def _quantised(train: Train, machine: Machine) -> str:
    how = train.quantised
    if how is None:
        return ""
    if how.bits == 8 and machine.shards:
        raise UsageError(
            "train.quantization: a base model in 8 bits cannot be laid in shards over several processes",
            "use bits: 4, or the preset ddp",
        )
    if how.bits == 8:
        return "base model in 8 bits"
    return f"base model in 4 bits: {how.type}{', its scales in 8' if how.double else ''}"


def _precision(train: Train, machine: Machine) -> tuple[Precision, str]:
    asked = train.quantised.compute_dtype if train.quantised else "auto"
    here = machine.device == "cuda"
    if asked == "float16" and not here:
        raise UsageError(
            "train.quantization.compute_dtype: float16 needs a GPU: its gradients are scaled there",
            "use auto, bfloat16 or float32",
        )
    if asked == "bfloat16" and here and not machine.bf16:
        raise UsageError(
            f"train.quantization.compute_dtype: {machine.name} has no bfloat16",
            "use auto, float16 or float32",
        )
    if asked != "auto":
        return asked, f"{asked}: the recipe says so"
    if not here:
        return "float32", "float32: bfloat16 gains nothing here"
    if machine.bf16:
        return "bfloat16", "bfloat16: the GPU supports it"
    return "float32", "float32: the GPU has no bfloat16"


_NAMES: dict[Optimizer, str] = {
    "adamw": "adamw_torch_fused",
    "adamw_8bit": "adamw_8bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
    "paged_adamw_32bit": "paged_adamw_32bit",
    "adafactor": "adafactor",
}


def _optimiser(asked: Optimizer, machine: Machine) -> tuple[str, str]:
    """transformers' name for it, and why it is this one."""
    if machine.shards:
        if asked not in ("auto", "adamw"):
            raise UsageError(
                f"train.optimizer: {asked} does not know parameters that lie in shards over processes",
                "use auto or adamw, which lie in shards too",
            )
        return "adamw_torch", "AdamW: its state lies in shards, as the model does"
    if machine.device == "cpu":
        if asked.startswith("paged"):
            raise UsageError(
                f"train.optimizer: {asked} needs a GPU: paging moves state between it and the host",
                "use auto, adamw, adamw_8bit or adafactor; `train plan --gpu NAME` plans for a GPU",
            )
        if asked == "auto":
            return "adamw_torch", "AdamW: memory is not short"
        return {**_NAMES, "adamw": "adamw_torch"}[asked], f"{asked}: the recipe says so"
    if asked == "auto":
        return "paged_adamw_8bit", "paged 8-bit AdamW: to save GPU memory"
    return _NAMES[asked], f"{asked}: the recipe says so"


def _recompute(train: Train, machine: Machine) -> tuple[bool, str]:
    asked = train.gradient_checkpointing
    if train.method == "prefix":
        if asked is True:
            raise UsageError(
                "train.gradient_checkpointing: not with prefix tuning, whose keys and values lie in a cache",
                "use auto, or method: prompt",
            )
        return False, "activations kept: prefix tuning cannot have them computed again"
    if asked != "auto":
        return asked, f"activations {'computed again' if asked else 'kept'}: the recipe says so"
    if machine.device == "cpu":
        return False, "activations kept: memory is not short"
    return True, "activations computed again: to save GPU memory"
