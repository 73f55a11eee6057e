"""How a model is trained, as far as memory cares: formats, adapter, optimiser, attention, recomputation."""

from dataclasses import dataclass
from typing import Literal

from schemas.recipe import Train
from train.fitting.compute import Compute

Way = Literal["full", "lora", "qlora"]
Quantised = Literal["nf4", "nf4-dq", "int8"]
Attention = Literal["flash", "sdpa", "eager"]
Optimiser = Literal["adamw", "adamw_fused", "paged_adamw_8bit", "adamw_8bit", "adamw_in_backward"]
Head = Literal["chunked", "logits", "logits_kept", "litgpt", "torchtune"]
Code = Literal["transformers", "litgpt", "torchtune"]

WAYS: tuple[Way, ...] = ("full", "lora", "qlora")


@dataclass(frozen=True, slots=True)
class Setup:
    """`weights` and `trained` are bytes a number: of the base model as loaded, and of what is trained.

    `compute` is bytes a number in matrix products; `autocast` says that operands are cast to it on the fly.
    `head` is how the loss is computed: TRL's chunked head is ours. `accumulates`: gradients of earlier
    micro-batches are held while the next one goes forward. `code` is whose layers run: they keep different
    copies. `quantised_keeps_input`: bitsandbytes before 0.43 kept the input of every quantised matrix.
    `everything_quantised`: the head too, and fused experts, as libraries other than transformers do.
    """

    way: Way
    weights: int
    trained: int
    compute: int
    autocast: bool
    quantised: Quantised | None = None
    rank: int = 0
    targets: str | tuple[str, ...] = "all-linear"
    dropout: float = 0.0
    dora: bool = False
    lora_on_head: bool = False
    optimiser: Optimiser = "paged_adamw_8bit"
    recompute: bool = True
    attention: Attention = "sdpa"
    masked: bool = True
    head: Head = "chunked"
    accumulates: bool = True
    code: Code = "transformers"
    quantised_keeps_input: bool = False
    everything_quantised: bool = False
    only_adapted_quantised: bool = False
    wide_residual: bool = False


def of_recipe(train: Train, way: Way, compute: Compute, accumulates: bool) -> Setup:
    """What `train run` does with these settings, were its method `way`."""
    short = 2 if compute.bf16 else 4
    attention: Attention = "flash" if compute.flash else "sdpa"
    optimiser: Optimiser = "paged_adamw_8bit" if compute.optimiser == "paged_adamw_8bit" else "adamw_fused"
    common = {
        "trained": 4,
        "compute": short,
        "autocast": compute.bf16,
        "optimiser": optimiser,
        "recompute": compute.recompute,
        "attention": attention,
        "masked": attention != "flash",
        "accumulates": accumulates,
    }
    if way == "full":
        return Setup(way=way, weights=4, **common)  # type: ignore[arg-type]
    return Setup(
        way=way,
        weights=short,
        quantised="nf4-dq" if way == "qlora" else None,
        rank=train.lora.r,
        targets=train.lora.target_modules,
        dropout=train.lora.dropout,
        dora=train.method == "dora",
        **common,  # type: ignore[arg-type]
    )


def way_of(train: Train) -> Way:
    """IA3, prefix and prompt tuning hold less than a LoRA; they are planned as one."""
    return "full" if train.method == "full" else "qlora" if train.method == "qlora" else "lora"
