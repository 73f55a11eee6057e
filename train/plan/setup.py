"""How a model is trained, as far as memory cares: formats, adapter, optimiser, attention, recomputation."""

from dataclasses import dataclass, replace
from typing import Literal

from schemas.training import Quantization, Train
from train.fitting.compute import Compute

Way = Literal["full", "lora", "qlora", "ia3", "prefix", "prompt"]
Quantised = Literal["nf4", "nf4-dq", "int8"]
Attention = Literal["flash", "sdpa", "eager"]
Optimiser = Literal[
    "adamw",
    "adamw_fused",
    "adamw_8bit",
    "paged_adamw_8bit",
    "paged_adamw_32bit",
    "adafactor",
    "adamw_in_backward",
]
Head = Literal["chunked", "logits", "logits_kept", "litgpt", "torchtune"]
Code = Literal["transformers", "litgpt", "torchtune"]

WAYS: tuple[Way, ...] = ("full", "lora", "qlora")
"""Planned whatever the recipe says, to compare."""


@dataclass(frozen=True, slots=True)
class Setup:
    """`weights` and `trained` are bytes a number: of the base model as loaded, and of what is trained.

    `compute` is bytes a number in matrix products; `autocast` says that operands are cast to it on the fly.
    `head` is how the loss is computed: TRL's chunked head is ours. `accumulates`: gradients of earlier
    micro-batches are held while the next one goes forward. `code` is whose layers run: they keep different
    copies. `quantised_keeps_input`: bitsandbytes keeps the input of every 8-bit matrix, and before 0.43 did
    of every quantised one.
    `everything_quantised`: the head too, and fused experts, as libraries other than transformers do.
    `start`: a frozen LoRA of the same rank stands beside the trained one. `targets` of IA3 are names, those
    in `feedforward` scaled at their input. `virtual` positions are trained before each sequence.
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
    start: bool = False
    feedforward: str | tuple[str, ...] = ()
    virtual: int = 0
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


_OPTIMISERS: dict[str, Optimiser] = {
    "adamw_torch": "adamw",
    "adamw_torch_fused": "adamw_fused",
    "adamw_8bit": "adamw_8bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
    "paged_adamw_32bit": "paged_adamw_32bit",
    "adafactor": "adafactor",
}


def of_recipe(train: Train, way: Way, compute: Compute, accumulates: bool) -> Setup:
    """What `train run` does with these settings, were its method `way`."""
    short = 4 if compute.precision == "float32" else 2
    attention: Attention = "flash" if compute.flash else "sdpa"
    common = Setup(
        way=way,
        weights=4 if way == "full" else short,
        trained=4,
        compute=short,
        autocast=short == 2,
        quantised=(quantised := _quantised(train, way)),
        quantised_keeps_input=quantised == "int8",
        optimiser=_OPTIMISERS[compute.optimiser],
        recompute=compute.recompute and way != "prefix",
        attention=attention,
        masked=attention != "flash",
        accumulates=accumulates,
    )
    if way in ("lora", "qlora"):
        return replace(
            common,
            rank=train.lora.r,
            targets=train.lora.target_modules,
            dropout=train.lora.dropout,
            dora=train.method == "dora",
            start=train.lora.moves_base,
        )
    if way == "ia3":
        return replace(common, targets=train.ia3.target_modules, feedforward=train.ia3.feedforward_modules)
    return replace(common, virtual=train.virtual_tokens if way in ("prefix", "prompt") else 0)


def way_of(train: Train) -> Way:
    """A DoRA is planned as the LoRA that it is, with what it holds besides."""
    if train.method == "dora":
        return "lora" if train.quantised is None else "qlora"
    return train.method


def ways_of(train: Train) -> tuple[Way, ...]:
    """Those to compare, and the recipe's own."""
    own = way_of(train)
    return WAYS if own in WAYS else (*WAYS, own)


def _quantised(train: Train, way: Way) -> Quantised | None:
    how = train.quantised if way == way_of(train) else None
    if way == "qlora" and how is None:
        how = Quantization()
    if how is None:
        return None
    return "int8" if how.bits == 8 else "nf4-dq" if how.double else "nf4"
