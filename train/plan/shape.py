"""A model's tensors, read off its config: what there is to hold, and what a token leaves behind in a layer.

The model is built on the `meta` device, which allocates nothing, so that counts are those of the model that
will be loaded, whatever its architecture. Counts are of numbers, not of bytes.
"""

from collections import defaultdict
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from schemas.errors import UsageError
from train.fitting.model.adapter import in_attention

Norm = Literal["rms", "layer"]
_COMPOSED_GELU = ("NewGELUActivation", "FastGELUActivation")
_LINEAR = ("Linear", "Conv1D", "FalconLinear")
_OUT = ("o_proj", "out_proj", "dense", "c_proj", "wo", "proj")  # what models call the way out of attention


@dataclass(frozen=True, slots=True)
class Linear:
    """A matrix of a layer. `reads` says which tensor goes in; linears that read the same one share it."""

    name: str
    inputs: int
    outputs: int
    reads: Literal["attention", "heads", "mlp", "middle"]

    @property
    def weights(self) -> int:
        return self.inputs * self.outputs

    def is_called(self, name: str) -> bool:
        """As PEFT reads a name: the end of a layer's own."""
        return f".{self.name}".endswith(f".{name}")


@dataclass(frozen=True, slots=True)
class Layer:
    """One transformer block. `middle` is the width inside the MLP, for all experts that a token visits;
    `gated`: two matrices lead into it. `composed_gelu`: its activation is written as several operations, and
    each keeps its operand. `fused`: one matrix makes queries, keys and values. `shared_norm`: attention and
    MLP read the same normalised tensor."""

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    middle: int
    gated: bool
    composed_gelu: bool
    norm: Norm
    norms: int
    shared_norm: bool
    head_norms: bool
    fused: bool
    experts_per_token: int
    linears: tuple[Linear, ...]

    @property
    def queries(self) -> int:
        return self.heads * self.head_dim

    @property
    def keys(self) -> int:
        return self.kv_heads * self.head_dim


@dataclass(frozen=True, slots=True)
class Shape:
    """A whole model. `total` counts tied weights once; `head` is 0 where it is tied to the embedding. It is a
    language model's, or one of `classes` where that is not 0.

    `linear` are the weights in matrices of the layers, `experts` those of fused experts, which are no linear
    layers to any library: they are neither quantised by bitsandbytes nor given a LoRA.
    """

    architecture: str
    model_type: str
    vocabulary: int
    layers: int
    layer: Layer
    total: int
    embedding: int
    head: int
    linear: int
    experts: int
    classes: int = 0

    @property
    def tied(self) -> bool:
        return self.head == 0

    @property
    def other(self) -> int:
        """Norms, biases, positions."""
        return self.total - self.embedding - self.head - self.linear - self.experts

    def targets(self, modules: str | Iterable[str]) -> list[Linear]:
        """The matrices of a layer that an adapter is laid on; as PEFT, by the end of their names.

        Raises UsageError where there is none.
        """
        if modules == "all-linear":
            return list(self.layer.linears)
        if modules == "attention":
            return [one for one in self.layer.linears if one.reads in ("attention", "heads")]
        names = [modules] if isinstance(modules, str) else list(modules)
        found = [one for one in self.layer.linears if any(one.is_called(name) for name in names)]
        if not found:
            known = ", ".join(one.name.rpartition(".")[2] for one in self.layer.linears)
            raise UsageError(
                f"train.lora.target_modules: {names} names no layer of {self.architecture}",
                f"use all-linear, attention, or some of: {known}",
            )
        return found


def read_shape(config: Any, classes: int = 0) -> Shape:
    """The shape of the causal language model of a transformers config, or of the one with a head of so many
    classes. Raises UsageError where it has none.

    Layers of one model may differ (a dense one before experts); the most common kind stands for all in
    `layer`, while the counts are of the real ones.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    from train.classifying.head import head_name

    automatic: Any = AutoModelForSequenceClassification if classes else AutoModelForCausalLM  # not annotated
    if classes:
        config = deepcopy(config)
        config.num_labels = classes
    try:
        with torch.device("meta"):
            model = automatic.from_config(config, dtype=torch.bfloat16)
    except ValueError as error:
        raise UsageError(
            f"{type(config).__name__}: not a {'classification' if classes else 'causal language'} model that "
            f"transformers knows: {error}",
            "name a text model, such as Qwen/Qwen2.5-0.5B-Instruct",
        ) from None
    blocks = _blocks(model)
    head = getattr(model, head_name(model)) if classes else model.get_output_embeddings()
    embedding = model.get_input_embeddings().weight
    shared = bool(config.get_text_config().tie_word_embeddings) and not classes
    tied = head is None or head.weight is embedding or shared
    kinds: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for block in blocks:
        kinds[tuple((name, tuple(p.shape)) for name, p in block.named_parameters())].append(block)
    common = max(kinds.values(), key=len)[0]
    return Shape(
        architecture=type(model).__name__,
        model_type=config.model_type,
        vocabulary=embedding.shape[0],
        layers=len(blocks),
        layer=_layer(common, config.get_text_config()),
        total=sum(p.numel() for p in model.parameters()) - (_again(head, embedding) if tied else 0),
        embedding=embedding.numel(),
        head=0 if tied else head.weight.numel(),
        linear=sum(one.weight.numel() for block in blocks for _, one in _linears(block)),
        experts=sum(p.numel() for block in blocks for p in block.parameters() if p.dim() == 3),
        classes=classes,
    )


def _again(head: Any, embedding: Any) -> int:
    """Weights that were counted twice: a tied head that the meta device gave a tensor of its own."""
    return 0 if head is None or head.weight is embedding else int(head.weight.numel())


def _blocks(model: Any) -> list[Any]:
    """The longest list of modules that hold matrices is the stack of layers."""
    import torch

    lists = [m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and any(_linears(m))]
    if not lists:
        raise UsageError(
            f"{type(model).__name__}: no stack of layers found in it",
            "memory is planned for transformer models only",
        )
    longest: list[Any] = list(max(lists, key=lambda blocks: len(list(blocks))))
    return longest


def _linears(block: Any) -> list[tuple[str, Any]]:
    return [(name, m) for name, m in block.named_modules() if type(m).__name__ in _LINEAR]


def _layer(block: Any, config: Any) -> Layer:
    hidden = int(config.hidden_size)
    heads = int(config.num_attention_heads)
    head_dim = int(getattr(config, "head_dim", None) or hidden // heads)
    kv_heads = _kv_heads(config, heads)
    fused = {name: p for name, p in block.named_parameters() if p.dim() == 3}
    visited = int(getattr(config, "num_experts_per_tok", 0) or 0) if fused else 0
    linears = tuple(_named(name, m, hidden) for name, m in _linears(block))
    middle, gated = _mlp(linears)
    if fused:
        inner = int(getattr(config, "moe_intermediate_size", None) or config.intermediate_size)
        middle, gated = middle + visited * inner, True
    names = {type(m).__name__ for m in block.modules()}
    norms = [m for m in block.modules() if "Norm" in type(m).__name__ and hasattr(m, "weight")]
    wide = [m for m in norms if m.weight.shape[-1] == hidden]
    return Layer(
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        middle=middle,
        gated=gated,
        composed_gelu=any(name in names for name in _COMPOSED_GELU),
        norm="layer" if any(type(m).__name__ == "LayerNorm" for m in wide) else "rms",
        norms=len(wide),
        shared_norm=len(wide) == 1,
        head_norms=any(m.weight.shape[-1] == head_dim != hidden for m in norms),
        fused=any(
            one.reads == "attention" and one.outputs >= (heads + 2 * kv_heads) * head_dim for one in linears
        ),
        experts_per_token=visited,
        linears=linears,
    )


def _kv_heads(config: Any, heads: int) -> int:
    if getattr(config, "multi_query", False) and not getattr(config, "new_decoder_architecture", False):
        return 1
    return int(getattr(config, "num_key_value_heads", None) or getattr(config, "num_kv_heads", None) or heads)


def _named(name: str, module: Any, hidden: int) -> Linear:
    rows, columns = module.weight.shape
    inputs, outputs = (rows, columns) if type(module).__name__ == "Conv1D" else (columns, rows)
    inside = in_attention(name)
    out = outputs == hidden and name.rpartition(".")[2] in _OUT
    if inside:
        return Linear(name, inputs, outputs, "heads" if out else "attention")
    return Linear(name, inputs, outputs, "middle" if outputs == hidden and inputs != hidden else "mlp")


def _mlp(linears: tuple[Linear, ...]) -> tuple[int, bool]:
    """The width inside the MLP, and whether it is gated; a shared expert beside fused ones counts too."""
    middle = max((one.inputs for one in linears if one.reads == "middle"), default=0)
    into = sum(one.outputs for one in linears if one.reads == "mlp" and one.outputs >= middle)
    return middle, middle > 0 and into >= 2 * middle
